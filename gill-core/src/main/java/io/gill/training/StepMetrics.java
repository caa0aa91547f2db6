package io.gill.training;

/**
 * Metrics of a training step, before the parameters change, averaged over its accumulated batches. Losses are scaled,
 * as in the sum. A metric is NaN if no example of the batch contributes to it or its loss has no weight.
 *
 * @param step number of the step, from 1
 * @param learningRate learning rate of this step
 * @param loss the minimised sum
 * @param captioningLoss cross entropy of captions
 * @param retrievalLoss half the cross entropy of texts up to [IMG0]
 * @param generationLoss half the cross entropy of the same texts in the generation pass
 * @param contrastiveLoss contrastive loss of images and requests, averaged over both directions
 * @param conditioningLoss the mean distance of conditioning tokens from their targets
 * @param accuracy1 percentage of caption tokens predicted
 * @param accuracy5 percentage of caption tokens among the five most likely
 * @param textToImage1 percentage of requests nearest to their own image in the batch
 * @param imageToText1 percentage of images nearest to their own request in the batch
 * @param gradientNorm the norm of all gradients before clipping
 * @param visualNorm the mean norm of the visual tokens
 * @param imageTokenNorm the mean norm of the [IMG] rows after the step
 * @param examplesPerSecond number of examples per second
 */
public record StepMetrics(
    long step,
    double learningRate,
    double loss,
    double captioningLoss,
    double retrievalLoss,
    double generationLoss,
    double contrastiveLoss,
    double conditioningLoss,
    double accuracy1,
    double accuracy5,
    double textToImage1,
    double imageToText1,
    double gradientNorm,
    double visualNorm,
    double imageTokenNorm,
    double examplesPerSecond) {}
