/**
 * Metrics of the published benchmarks, their official input files, the published prompts and the official result files.
 * Metrics equal the official scorers on recorded data.
 *
 * <p>Captions: {@link io.gill.evaluation.CaptionMetrics}. Short answers: {@link io.gill.evaluation.VqaAccuracy},
 * {@link io.gill.evaluation.MmmuAnswers}. Choices: {@link io.gill.evaluation.Accuracy}. Pictures:
 * {@link io.gill.evaluation.Inception} with {@link io.gill.evaluation.FrechetDistance},
 * {@link io.gill.evaluation.ClipSimilarity}, {@link io.gill.evaluation.Lpips}. Files: {@link io.gill.evaluation.VqaV2},
 * {@link io.gill.evaluation.CocoCaptions}, {@link io.gill.evaluation.SeedBench}, {@link io.gill.evaluation.MmBench},
 * {@link io.gill.evaluation.Mmmu}, {@link io.gill.evaluation.Vist}, {@link io.gill.evaluation.VisDial},
 * {@link io.gill.evaluation.VisDialAnswers}, {@link io.gill.evaluation.FewShotImages}.
 */
@NullMarked
package io.gill.evaluation;

import org.jspecify.annotations.NullMarked;
