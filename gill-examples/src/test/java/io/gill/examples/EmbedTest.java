package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.gill.GillModel;
import io.gill.evaluation.ClipSimilarity;
import io.gill.image.Images;
import io.gill.smallworld.SmallWorld;
import io.gill.weights.EmbeddingsFile;
import java.awt.image.BufferedImage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbedTest {
  private static final int COUNT = 20;

  @TempDir private Path folder;

  private Path pictures;
  private Path output;

  @BeforeEach
  void copyPictures() throws IOException {
    output = folder.resolve("cc3m_embeddings.npy");
    pictures = Files.createDirectory(folder.resolve("images"));
    try (Stream<Path> all = Files.list(SmallWorld.directory().resolve("images"))) {
      for (Path file : all.sorted().limit(COUNT).toList()) {
        Files.copy(file, pictures.resolve(file.getFileName()));
      }
    }
  }

  private Run embed(Path from, String... more) {
    List<String> args = new ArrayList<>(List.of("embed", "--pictures", from.toString(), "--output", output.toString()));
    args.addAll(List.of(more));
    return Run.of(Main.commandLine(new Embed()), args.toArray(String[]::new));
  }

  /** Embeds a picture as the published code does, without normalisation. */
  private static float[] embedding(GillModel model, BufferedImage picture) {
    float[] pooled = model.stages().vision().orElseThrow().encoder().encode(List.of(picture))[0];
    return model.stages().retrievalEmbedder().orElseThrow().embed(pooled);
  }

  private static Map<String, float[]> rows(Path file) {
    Map<String, float[]> rows = new LinkedHashMap<>();
    try (EmbeddingsFile all = EmbeddingsFile.open(file)) {
      for (int i = 0; i < all.size(); i++) {
        rows.put(all.paths().get(i), all.row(i));
      }
    }
    return rows;
  }

  @Test
  void aFolderBecomesTheFileOfTheBundledModel() throws IOException {
    Files.writeString(pictures.resolve("broken.png"), "none");
    Files.writeString(pictures.resolve("notes.txt"), "none");
    Run run = embed(pictures);
    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(run.out()).contains(COUNT + " pictures, 1 unreadable", "images/broken.png: ").doesNotContain("notes");
    Map<String, float[]> bundled = rows(SmallWorld.directory().resolve("cc3m_embeddings.npy"));
    Map<String, float[]> made = rows(output);
    assertThat(made).hasSize(COUNT).containsOnlyKeys(bundled.keySet().stream().limit(COUNT).toList());
    try (GillModel model = GillModel.load(SmallWorld.directory())) {
      made.forEach((name, row) -> {
        assertThat(row).containsExactly(embedding(model, Images.read(folder.resolve(name))), within(1e-4f));
        // The bundled file was made before the bundle's weights were rounded to 16 bits.
        assertThat(ClipSimilarity.cosine(row, bundled.get(name))).isGreaterThan(0.9999);
      });
    }
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(pictures, output); // no parts
    }
  }

  @Test
  void aListNamesPathsAndWebAddresses() throws IOException {
    ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread thread = new Thread(() -> serve(server));
    thread.start();
    try {
      String at = "http://localhost:" + server.getLocalPort() + "/";
      Path list = folder.resolve("list.txt");
      Files.writeString(list, String.join("\n", at + "0000.png", "images/0001.png", "", at + "none.png",
          at + "0000.png", "images/none.png", "http://bad host/x.png"));
      Run refused = embed(list);
      assertThat(refused.out()).contains("1 pictures, 4 unreadable", "localhost");
      Run run = embed(list, "--private-addresses");
      assertThat(run.out()).contains("2 pictures, 3 unreadable", at + "none.png: ", "images/none.png: ", "bad host");
      assertThat(rows(output).keySet()).containsExactly(at + "0000.png", "images/0001.png");
    } finally {
      server.close();
    }
  }

  /** Answers with files of the pictures' folder until the socket is closed. */
  private void serve(ServerSocket server) {
    while (true) {
      try (Socket socket = server.accept()) {
        BufferedReader in =
            new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        Path file = pictures.resolve(in.readLine().split(" ", -1)[1].substring(1));
        while (!in.readLine().isEmpty()) {
          // a header
        }
        byte[] body = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        String head = "HTTP/1.1 " + (body.length > 0 ? "200 OK" : "404 Not Found") + "\r\nContent-Length: "
            + body.length + "\r\nConnection: close\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(body);
      } catch (IOException e) {
        if (server.isClosed()) {
          return;
        }
      }
    }
  }

  @Test
  void aRunContinuesAfterTheFinishedPartsOfTheSameModel() throws IOException {
    embed(pictures);
    Map<String, float[]> whole = rows(output);
    Files.delete(output);
    try (GillModel model = GillModel.load(SmallWorld.directory())) {
      float[] row = embedding(model, new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB));
      Map<String, float[]> some = new LinkedHashMap<>();
      whole.entrySet().stream().skip(5).limit(7).forEach(entry -> some.put(entry.getKey(), entry.getValue()));
      EmbeddedParts.open(output, row).add(some);
      Run run = embed(pictures);
      assertThat(run.out()).contains("continues after 7 pictures", "13 of 13", COUNT + " pictures, 0 unreadable");
      assertThat(rows(output).keySet()).containsExactlyElementsOf(whole.keySet());

      row[0] += 1;
      EmbeddedParts.open(output, row);
      Run other = embed(pictures);
      assertThat(other.exit()).isNotZero();
      assertThat(other.err()).contains("cc3m_embeddings.npy.parts has embeddings of another model: delete it");
    }
    assertThat(rows(output)).hasSize(COUNT); // still there
  }

  @Test
  void whatCannotBeEmbeddedIsOneClearError() throws IOException {
    Path list = folder.resolve("list.txt");
    Files.writeString(list, "\n \n");
    assertThat(embed(list).err()).contains("list.txt has no lines: nothing to embed");
    Files.write(list, "é".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(embed(list).err()).contains("list.txt is not a text file in UTF-8");
    Files.writeString(list, "none.png");
    assertThat(embed(list).err()).contains("none of the 1 pictures can be read: nothing was written");
    assertThat(embed(Files.createDirectory(folder.resolve("empty"))).err()).contains("empty has no pictures");
    assertThat(embed(pictures, "--connections", "0").err()).contains("--connections must be at least 1");
    assertThat(output).doesNotExist();
  }
}
