package io.gill.spring.example;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.GillModel;
import io.gill.image.Images;
import io.gill.testing.FakeModel;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
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

  private byte[] get(String url) throws Exception {
    HttpResponse<byte[]> response = client.send(
        HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofByteArray());
    assertThat(response.statusCode()).isEqualTo(200);
    return response.body();
  }
}
