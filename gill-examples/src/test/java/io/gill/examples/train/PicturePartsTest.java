package io.gill.examples.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillException;
import io.gill.smallworld.SmallWorld;
import io.gill.weights.TensorFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PicturePartsTest {
  @TempDir private Path folder;

  @Test
  void theBundledModelsPartsGoIntoANewModel() throws IOException {
    WorldModel model = new WorldModel(folder.resolve("model"), folder.resolve("work"));
    model.prepare();
    Path bundled = SmallWorld.directory();
    PictureParts.copy(bundled, model);
    for (String name : new String[] {"clip/model.safetensors", "sd/unet/diffusion_pytorch_model.safetensors",
      "sd/text_encoder/model.safetensors", "sd/vae/diffusion_pytorch_model.safetensors"}) {
      try (TensorFile own = TensorFile.open(model.dir().resolve(name));
          TensorFile other = TensorFile.open(bundled.resolve(name))) {
        assertThat(own.names()).containsExactlyInAnyOrderElementsOf(other.names());
        String tensor = other.names().iterator().next();
        assertThat(own.get(tensor).toFloatArray()).isEqualTo(other.get(tensor).toFloatArray());
      }
    }
    assertThat(Files.readString(model.sd("vae").resolve("config.json"))).doesNotContain("\"scaling_factor\" : 1.0");

    PictureParts.copyVocabulary(bundled, model);
    assertThat(model.opt().resolve("merges.txt")).hasSameBinaryContentAs(bundled.resolve("opt/merges.txt"));

    Path config = model.clip().resolve("config.json");
    String deeper = Files.readString(config).replace("\"num_hidden_layers\" : 4", "\"num_hidden_layers\" : 5");
    Files.writeString(config, deeper);
    assertThatThrownBy(() -> PictureParts.copy(bundled, model)).isInstanceOf(GillException.class)
        .hasMessageContaining("config.json").hasMessageContaining("train VAE, CLIP and UNET anew");
    assertThatThrownBy(() -> PictureParts.copy(folder, model)).isInstanceOf(GillException.class)
        .hasMessageContaining("is missing");
  }
}
