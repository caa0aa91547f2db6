package io.gill.retrieval;

import static org.assertj.core.api.Assertions.assertThat;

import io.gill.torch.RowwiseProducts;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodeBlockTest {
  /** The bound that makes an exact search exact, for vectors that quantisation treats worst. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 37, 256, 5000})
  void productsOfCodesDifferByAtMostTheError(int d) {
    Random random = new Random(d);
    List<float[]> units = HostileVectors.of(d, CodeBlock.ROWS - 5, random);
    CodeBlock block = CodeBlock.of(units);
    ByteBuffer records = ByteBuffer.allocateDirect(block.records().length).put(block.records()).flip();
    List<float[]> queries = new ArrayList<>(HostileVectors.of(d, 40, random));
    queries.addAll(units.subList(0, 10));
    List<RowwiseProducts> all = RowwiseProducts.of(records, CodeBlock.ROWS, queries);
    for (int i = 0; i < queries.size(); i++) {
      float largest = Float.NEGATIVE_INFINITY;
      for (int row = 0; row < CodeBlock.ROWS; row++) {
        float product = all.get(i).products()[row];
        largest = Math.max(largest, product);
        if (row < units.size()) {
          float exact = Vectors.product(units.get(row), queries.get(i));
          assertThat(Math.abs((double) product - exact)).isLessThanOrEqualTo(block.errors()[row]);
        }
      }
      assertThat(all.get(i).largest()[0]).isEqualTo(largest);
    }
    for (float error : block.errors()) {
      assertThat(error).isPositive().isLessThan(0.2f);
    }
  }
}
