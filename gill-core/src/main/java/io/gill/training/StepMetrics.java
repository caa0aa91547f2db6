package io.gill.training;

/**
 * What a training step found, of the batch before the parameters changed; averages over the batches it accumulates.
 * Losses are as they go into the sum, scaled. What no example of the batch takes part in, or has no weight, is NaN.
 *
 * @param step from 1
 * @param learningRate of this step
 * @param loss the sum that is minimised
 * @param captioningLoss cross entropy of captions
 * @param retrievalLoss half the cross entropy of texts up to [IMG0]
 * @param generationLoss the same, of the generation pass
 * @param contrastiveLoss of images and requests, both directions averaged
 * @param conditioningLoss the mean distance of conditioning tokens from their targets
 * @param accuracy1 percent of caption tokens predicted
 * @param accuracy5 percent of caption tokens among the five most likely
 * @param textToImage1 percent of requests nearest to their own image in the batch
 * @param imageToText1 percent of images nearest to their own request in the batch
 * @param gradientNorm the norm of all gradients before clipping
 * @param visualNorm the mean norm of the images' tokens for the language model
 * @param imageTokenNorm the mean norm of the [IMG] rows after the step
 * @param examplesPerSecond how fast it was
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
