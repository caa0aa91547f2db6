package io.gill.spring.example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillListener;
import io.gill.GillModel;
import io.gill.image.Images;
import io.gill.testing.FakeModel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

final class PictureServiceTest {
  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void answersOverHttpWithHealthAndMetrics() throws Exception {
    FakeModel fake = FakeModel.saying("Hello.", "Here it is. [IMG0]");
    GillModel model;
    ApplicationContextInitializer<GenericApplicationContext> stages = context ->
        context.registerBean("fake", GillModel.Builder.class, fake::builder);
    try (ConfigurableApplicationContext context = new SpringApplicationBuilder(PictureService.class)
        .initializers(stages).properties("server.port=0", "server.address=127.0.0.1", "gill.limits.running=2",
            "management.endpoints.web.exposure.include=health,metrics",
            "management.endpoint.health.show-details=always",
            "spring.main.banner-mode=off", "logging.level.root=warn").run()) {
      String root = "http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port");
      model = context.getBean(GillModel.class);

      assertThat(new String(get(root + "/text?ask=Hi"), UTF_8)).isEqualTo("Hello.");
      assertThat(Images.read(get(root + "/picture?ask=A+cat"), "picture").getWidth()).isPositive();
      assertThat(new String(get(root + "/actuator/health"), UTF_8))
          .contains("\"gill\":{", "\"retrieves\":true", "\"status\":\"UP\"");
      assertThat(new String(get(root + "/actuator/metrics/gen_ai.client.operation.duration"), UTF_8))
          .contains("{\"statistic\":\"COUNT\",\"value\":2.0}");
    }
    assertThatThrownBy(() -> model.respond("Hi")).isInstanceOf(IllegalStateException.class);
  }

  /** The server refuses connections while it waits for the reply, whose model is closed afterwards. */
  @Test
  @Timeout(60)
  void finishesTheReplyInFlightBeforeItShutsDown() throws Exception {
    CompletableFuture<GillModel> model = new CompletableFuture<>();
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch refusing = new CountDownLatch(1);
    GillListener held = new GillListener() {
      @Override
      public void onPrompt(int positions, int reused) {
        asked.countDown();
        try {
          refusing.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt(); // cancels the reply
        }
      }
    };
    ApplicationContextInitializer<GenericApplicationContext> stages = context -> {
      context.registerBean("fake", GillModel.Builder.class, () -> FakeModel.saying("Hello.").builder());
      context.registerBean("held", GillListener.class, () -> held);
    };
    try (ConfigurableApplicationContext context = new SpringApplicationBuilder(PictureService.class)
        .initializers(stages).properties("server.port=0", "server.address=127.0.0.1", "spring.main.banner-mode=off",
            "logging.level.root=warn").run()) {
      int port = Integer.parseInt(context.getEnvironment().getProperty("local.server.port"));
      model.complete(context.getBean(GillModel.class));
      CompletableFuture<HttpResponse<String>> reply = client.sendAsync(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/text?ask=Hi")).build(),
          HttpResponse.BodyHandlers.ofString());
      asked.await();
      CompletableFuture<Void> closed = CompletableFuture.runAsync(context::close);
      while (accepts(port)) {
        Thread.onSpinWait();
      }
      assertThat(closed).isNotDone();
      refusing.countDown();
      assertThat(reply.join().statusCode()).isEqualTo(200);
      assertThat(reply.join().body()).isEqualTo("Hello.");
      closed.join();
    }
    assertThatThrownBy(() -> model.join().respond("Hi")).isInstanceOf(IllegalStateException.class);
  }

  private static boolean accepts(int port) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (ConnectException e) {
      return false;
    }
  }

  private byte[] get(String url) throws Exception {
    HttpResponse<byte[]> response = client.send(
        HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofByteArray());
    assertThat(response.statusCode()).isEqualTo(200);
    return response.body();
  }
}
