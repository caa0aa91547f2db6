package io.gill.training;

/**
 * How good the model is on examples it is not trained on. What no example takes part in is NaN, and so are distances from
 * targets where generation has no weight.
 *
 * @param step after how many steps
 * @param examples how many there were
 * @param captioningLoss cross entropy of caption tokens
 * @param accuracy1 percent of caption tokens predicted
 * @param accuracy5 percent of caption tokens among the five most likely
 * @param bleu1 BLEU of generated captions up to single words, from 0 to 1
 * @param bleu2 BLEU up to pairs
 * @param bleu3 BLEU up to triples
 * @param bleu4 BLEU up to quadruples
 * @param contrastiveLoss of all images and requests, both directions averaged
 * @param textToImage1 percent of requests nearest to their own image among all
 * @param textToImage5 percent of requests whose own image is among the five nearest
 * @param imageToText1 percent of images nearest to their own request among all
 * @param imageToText5 percent of images whose own request is among the five nearest
 * @param conditioningLoss the mean distance of conditioning tokens from their targets
 * @param seconds how long it took
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
