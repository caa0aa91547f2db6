package io.gill.examples.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.examples.evaluate.SpilledPictures.Place;
import org.junit.jupiter.api.Test;

class SpilledPicturesTest {
  @Test
  void picturesAreReadInAnyOrder() {
    SpilledPictures pictures = new SpilledPictures();
    Place first = pictures.add(new byte[] {1, 2, 3});
    Place empty = pictures.add(new byte[0]);
    Place last = pictures.add(new byte[] {4});
    assertThat(pictures.read(last)).containsExactly(4);
    assertThat(pictures.read(first)).containsExactly(1, 2, 3);
    assertThat(pictures.read(empty)).isEmpty();
    assertThatThrownBy(() -> pictures.read(new Place(3, 2))).isInstanceOf(GillException.class)
        .hasMessageContaining("the file ends within a picture").hasMessageContaining("-Djava.io.tmpdir");
  }
}
