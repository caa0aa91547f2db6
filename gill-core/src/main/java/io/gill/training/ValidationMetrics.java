package io.gill.training;

/**
 * Metrics of a model on examples it is not trained on. A metric is NaN if no example contributes to it. Distances from
 * targets are NaN if generation has no weight.
 *
 * <p>The texts are read as in training and conversations. The published code reads its prompt for captions ("A picture
 * of") before each of them, also for accuracies and retrieval, so that its figures are others.
 *
 * @param step number of completed steps
 * @param examples number of examples
 * @param captioningLoss cross entropy of caption tokens
 * @param accuracy1 percentage of caption tokens predicted
 * @param accuracy5 percentage of caption tokens among the five most likely
 * @param bleu1 BLEU-1 of generated captions, from 0 to 1
 * @param bleu2 BLEU-2
 * @param bleu3 BLEU-3
 * @param bleu4 BLEU-4
 * @param contrastiveLoss contrastive loss of all images and requests, averaged over both directions
 * @param textToImage1 percentage of requests nearest to their own image among all
 * @param textToImage5 percentage of requests whose own image is among the five nearest
 * @param imageToText1 percentage of images nearest to their own request among all
 * @param imageToText5 percentage of images whose own request is among the five nearest
 * @param conditioningLoss the mean distance of conditioning tokens from their targets
 * @param seconds duration of the validation
 */
public record ValidationMetrics(
    long step,
    int examples,
    double captioningLoss,
    double accuracy1,
    double accuracy5,
    double bleu1,
    double bleu2,
    double bleu3,
    double bleu4,
    double contrastiveLoss,
    double textToImage1,
    double textToImage5,
    double imageToText1,
    double imageToText5,
    double conditioningLoss,
    double seconds) {}
