package io.gill.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.common.io.Resources;
import io.gill.DiffusionOptions;
import io.gill.GillListener;
import io.gill.GillModel;
import io.gill.LoadListener;
import io.gill.LoadOptions;
import io.gill.ModelBusyException;
import io.gill.Precision;
import io.gill.Quantization;
import io.gill.Reply;
import io.gill.RespondOptions;
import io.gill.RespondOptions.ImagePolicy;
import io.gill.Sampler;
import io.gill.image.Images;
import io.gill.smallworld.SmallWorld;
import io.gill.testing.FakeModel;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.content.Media;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.image.ImageModel;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.util.MimeTypeUtils;

final class GillAutoConfigurationTest {
  @TempDir
  Path directory;

  private final FakeModel fake = FakeModel.saying("Hello.");
  private final ApplicationContextRunner empty =
      new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(GillAutoConfiguration.class));
  private final ApplicationContextRunner runner = empty.withBean(GillModel.Builder.class, fake::builder);

  @Test
  void definesTheModels() {
    runner.run(context -> assertThat(context).hasSingleBean(ChatModel.class).hasSingleBean(ImageModel.class)
        .hasSingleBean(EmbeddingModel.class).hasSingleBean(GillModel.class));
  }

  @Test
  void leavesAModelToAnotherStarterThatTheApplicationChooses() {
    EmbeddingModel other = new GillEmbeddingModel(fake.build());
    ApplicationContextRunner both = runner.withBean("other", EmbeddingModel.class, () -> other);
    both.withPropertyValues("spring.ai.model.embedding=other", "spring.ai.model.chat=gill").run(context -> {
      assertThat(context).hasSingleBean(ChatModel.class).hasSingleBean(ImageModel.class);
      assertThat(context.getBean(EmbeddingModel.class)).isSameAs(other);
    });
    runner.withPropertyValues("spring.ai.model.chat=other", "spring.ai.model.image=none").run(context ->
        assertThat(context).doesNotHaveBean(ChatModel.class).doesNotHaveBean(ImageModel.class)
            .hasSingleBean(EmbeddingModel.class).hasSingleBean(GillModel.class));
  }

  @Test
  void readsFilesIfTheApplicationAllowsIt() throws IOException {
    Path file = directory.resolve("a.png");
    Files.write(file, Images.toPng(new BufferedImage(4, 3, BufferedImage.TYPE_INT_RGB), Map.of()));
    Media media = new Media(MimeTypeUtils.IMAGE_PNG, file.toUri());
    Prompt prompt = new Prompt(UserMessage.builder().text("Hi").media(media).build());
    Document document = new Document(media, Map.of());
    runner.run(context -> {
      assertThatThrownBy(() -> context.getBean(ChatModel.class).call(prompt))
          .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("gill.file-urls");
      assertThatThrownBy(() -> context.getBean(EmbeddingModel.class).embed(document))
          .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("gill.file-urls");
    });
    assertThat(fake.calls()).isEmpty();
    runner.withPropertyValues("gill.file-urls=true").run(context -> {
      assertThat(context.getBean(ChatModel.class).call(prompt).getResult().getOutput().getText()).isEqualTo("Hello.");
      assertThat(context.getBean(EmbeddingModel.class).embed(document)).hasSize(4);
    });
  }

  @Test
  void bindsTheDefaultsOfReplies() {
    runner.withPropertyValues("gill.reply.max-tokens=7", "gill.reply.seed=3", "gill.reply.image-policy=generate",
        "gill.reply.timeout=20s", "gill.reply.steps=4", "gill.reply.guidance=1", "gill.reply.temperature=0.7")
        .run(context -> {
          context.getBean(ChatModel.class).call("Hi");
          RespondOptions options = fake.calls().get(0).options();
          assertThat(options.maxTokens()).isEqualTo(7);
          assertThat(options.seed()).isEqualTo(3);
          assertThat(options.imagePolicy()).isEqualTo(ImagePolicy.GENERATE);
          assertThat(options.timeout()).contains(Duration.ofSeconds(20));
          assertThat(options.diffusion().steps()).isEqualTo(4);
          assertThat(options.diffusion().guidanceScale()).isEqualTo(1);
        });
  }

  @Test
  void defaultsAreThoseOfTheModel() {
    RespondOptions own = RespondOptions.builder().maxTokens(9).sampler(Sampler.nucleus(0.3, 1))
        .diffusion(DiffusionOptions.builder().guidanceScale(3).build()).build();
    empty.withBean(GillModel.Builder.class, () -> fake.builder().defaults(own)).withPropertyValues("gill.reply.seed=5")
        .run(context -> assertThat(context.getBean(RespondOptions.class))
            .isEqualTo(own.toBuilder().seed(5).timeout(Duration.ofMinutes(10)).build()));
    RespondOptions quick = own.toBuilder().timeout(Duration.ofSeconds(3)).build();
    empty.withBean(GillModel.Builder.class, () -> fake.builder().defaults(quick))
        .run(context -> assertThat(context.getBean(RespondOptions.class)).isEqualTo(quick));
    runner.run(context -> {
      assertThat(context.getBean(RespondOptions.class))
          .isEqualTo(RespondOptions.builder().timeout(Duration.ofMinutes(10)).build());
      assertThat(context.getBean(GillProperties.class).loadOptions().toBuilder()
          .listener(LoadOptions.defaults().listener()).build()).isEqualTo(LoadOptions.defaults());
    });
  }

  @Test
  void bindsTheOptionsOfLoading() {
    runner.withPropertyValues("gill.device=cuda:1", "gill.precision=bfloat16", "gill.quantization=int8",
        "gill.retrieval=false").run(context -> {
          LoadOptions options = context.getBean(GillProperties.class).loadOptions();
          assertThat(options.device()).hasToString("cuda:1");
          assertThat(options.generatorPrecision()).isEqualTo(Precision.BFLOAT16);
          assertThat(options.quantization()).isEqualTo(Quantization.INT8);
          assertThat(options.retrieval()).isFalse();
          assertThat(options.generation()).isTrue();
        });
  }

  @Test
  void limitsConcurrentCalls() {
    List<Throwable> refused = new ArrayList<>();
    Thread[] second = new Thread[1];
    runner.withPropertyValues("gill.limits.running=1", "gill.limits.waiting=0").run(context -> {
      GillModel model = context.getBean(GillModel.class);
      model.respond(io.gill.Conversation.of("Hi"), RespondOptions.builder().listener(new GillListener() {
        @Override
        public void onPrompt(int positions, int reused) {
          second[0] = new Thread(() -> model.respond("Me, too"));
          second[0].setUncaughtExceptionHandler((thread, failure) -> refused.add(failure));
          second[0].start();
          try {
            second[0].join();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        }
      }).build());
    });
    assertThat(refused).singleElement().isInstanceOf(ModelBusyException.class);
  }

  @Test
  void limitsConcurrentCallsByDefault() {
    CountDownLatch eight = new CountDownLatch(8);
    CountDownLatch released = new CountDownLatch(1);
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    GillListener held = new GillListener() {
      @Override
      public void onPrompt(int positions, int reused) {
        most.accumulateAndGet(running.incrementAndGet(), Math::max);
        eight.countDown();
        try {
          released.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }

      @Override
      public void onReply(Reply reply) {
        running.decrementAndGet();
      }
    };
    empty.withBean(GillListener.class, () -> held).withPropertyValues("gill.directory=" + SmallWorld.directory(),
        "gill.retrieval=false", "gill.reply.max-tokens=1", "gill.reply.max-images=0").run(context -> {
          ChatModel chat = context.getBean(ChatModel.class);
          ExecutorService callers = Executors.newCachedThreadPool();
          CompletableFuture<Void> refused = new CompletableFuture<>();
          List<CompletableFuture<String>> calls = new ArrayList<>();
          for (int i = 0; i < 8 + 16 + 1; i++) {
            calls.add(CompletableFuture.supplyAsync(() -> chat.call("hello"), callers).whenComplete((said, failure) -> {
              if (failure != null) {
                refused.complete(null);
              }
            }));
          }
          eight.await();
          refused.join();
          released.countDown();
          List<Throwable> failures = new ArrayList<>();
          calls.forEach(call -> call.handle((said, failure) -> failure == null || failures.add(failure)).join());
          callers.shutdown();
          assertThat(failures).singleElement().extracting(Throwable::getCause).isInstanceOf(ModelBusyException.class);
          assertThat(most).hasValue(8);
        });
  }

  @Test
  void anApplicationsBuilderKeepsItsLimits() {
    List<Throwable> refused = new ArrayList<>();
    empty.withBean(GillModel.Builder.class, () -> fake.builder().limits(1, 0)).run(context -> {
      GillModel model = context.getBean(GillModel.class);
      model.respond(io.gill.Conversation.of("Hi"), RespondOptions.builder().listener(new GillListener() {
        @Override
        public void onPrompt(int positions, int reused) {
          refused.add(CompletableFuture.supplyAsync(() -> model.respond("Me, too"))
              .handle((said, failure) -> failure).join());
        }
      }).build());
    });
    assertThat(refused).singleElement().extracting(Throwable::getCause).isInstanceOf(ModelBusyException.class);
  }

  @Test
  void passesEventsToListeners() {
    List<Reply> replies = new ArrayList<>();
    runner.withBean(GillListener.class, () -> new GillListener() {
      @Override
      public void onReply(Reply reply) {
        replies.add(reply);
      }
    }).run(context -> context.getBean(ChatModel.class).call("Hi"));
    assertThat(replies).hasSize(1);
  }

  @Test
  void reportsHealth() {
    runner.run(context -> {
      HealthIndicator health = context.getBean(HealthIndicator.class);
      assertThat(health.health()).extracting(Health::getStatus).isEqualTo(Status.UP);
      context.getBean(GillModel.class).close();
      assertThat(health.health()).extracting(Health::getStatus).isEqualTo(Status.DOWN);
    });
    runner.withClassLoader(new FilteredClassLoader(HealthIndicator.class))
        .run(context -> assertThat(context).hasSingleBean(ChatModel.class));
    runner.withPropertyValues("management.health.gill.enabled=false").run(context ->
        assertThat(context).hasSingleBean(ChatModel.class).doesNotHaveBean(HealthIndicator.class));
  }

  @Test
  void logsTheProgressOfLoading() {
    assertThat(logged(empty)).hasSizeLessThanOrEqualTo(10)
        .anySatisfy(line -> assertThat(line).startsWith("loading the image generator: "))
        .last().asString().startsWith("loading the language model: 100 % of ");
  }

  @Test
  void givesTheProgressOfLoadingToTheApplication() {
    List<Long> done = new ArrayList<>();
    assertThat(logged(empty.withBean(LoadListener.class, () -> (part, bytes, total) -> done.add(bytes)))).isEmpty();
    assertThat(done).isNotEmpty().isSorted();
  }

  /** Loads the bundled model and returns what is logged about it. */
  private static List<String> logged(ApplicationContextRunner context) {
    Logger logger = (Logger) LoggerFactory.getLogger(LoadingLog.class);
    logger.setLevel(Level.INFO);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    try {
      context.withPropertyValues("gill.directory=" + SmallWorld.directory(), "gill.retrieval=false")
          .run(loaded -> assertThat(loaded).hasSingleBean(ChatModel.class));
    } finally {
      logger.detachAppender(lines);
    }
    return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  @Test
  void takesTheApplicationsModel() {
    GillModel mine = fake.build();
    empty.withBean(GillModel.class, () -> mine).run(context ->
        assertThat(context.getBean(ChatModel.class).call("Hi")).isEqualTo("Hello."));
  }

  @Test
  void saysWhatIsMissing() {
    empty.run(context -> assertThat(context).getFailure().rootCause()
        .hasMessageContaining("gill.directory is not set"));
    empty.withPropertyValues("gill.directory=" + directory).run(context ->
        assertThat(context).getFailure()
            .hasStackTraceContaining(directory.getFileName().toString()));
  }

  @Test
  void editorsKnowTheProperties() throws IOException {
    URL metadata = Resources.getResource("META-INF/spring-configuration-metadata.json");
    assertThat(Resources.toString(metadata, StandardCharsets.UTF_8)).contains("\"gill.reply.max-tokens\"")
        .contains("\"gill.cached-conversations\"").contains("number of diffusion steps");
  }
}
