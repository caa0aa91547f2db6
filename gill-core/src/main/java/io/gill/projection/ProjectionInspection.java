package io.gill.projection;

import io.gill.torch.Scope;
import io.gill.torch.Tensor;
import java.util.List;
import java.util.stream.Stream;

/**
 * Computes intermediate results of the trained parts as plain arrays, for comparison with other implementations.
 * Applications do not need it. Axes: T [IMG] tokens, Q conditioning tokens, H the mapper's width.
 */
public final class ProjectionInspection {
  private final Projections parts;

  private ProjectionInspection(Projections parts) {
    this.parts = parts;
  }

  /**
   * Creates the inspection of trained parts.
   *
   * @param parts the parts, which the caller still closes
   * @return the inspection
   */
  public static ProjectionInspection of(Projections parts) {
    return new ProjectionInspection(parts);
  }

  /**
   * Returns the intermediate results of GILLMapper.
   *
   * @param hidden hidden states, as for the generation mapper
   * @param embeddings embeddings, as for the generation mapper
   * @return projected tokens (T, H), encoder output (T, H) and decoder output (Q, H); empty if the mapping is linear
   */
  public List<float[][]> mapperStages(float[][] hidden, float[][] embeddings) {
    if (!(parts.network.mapper instanceof GillMapper mapper)) {
      return List.of();
    }
    return parts.memory.use(() -> Scope.compute("mapping a request", () -> {
      Tensor projected = mapper.project(parts.batch(hidden), parts.batch(embeddings)); // (1, T, H)
      Tensor encoded = mapper.encode(projected); // (1, T, H)
      Tensor decoded = mapper.decode(encoded); // (1, Q, H)
      return Stream.of(projected, encoded, decoded).map(stage -> stage.select(0, 0).toRows()).toList();
    }));
  }
}
