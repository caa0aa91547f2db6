package io.gill.examples;

import io.gill.Conversation;
import io.gill.GillModel;
import io.gill.RespondOptions;
import io.gill.examples.server.GillServer;
import io.gill.examples.server.Limits;
import io.gill.examples.server.ServedModel;
import io.gill.examples.server.ServerOptions;
import io.gill.smallworld.SmallWorld;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Serves a model over HTTP until the process is told to end. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    sortSynopsis = false,
    description = "Serves a model over HTTP: a page to talk with it, OpenAI's and Ollama's interfaces. Ctrl-C ends it.",
    footer = {
      "",
      "The options of replies apply where a request gives none, except --seed: such a request gets a new one. For "
          + "pictures alone, n replaces --generated-images.",
      "",
      "A model's gill_defaults.json may set other defaults than the above."
    })
final class Serve implements Callable<Integer> {
  /** Time for running requests to end and for the model to be closed, before the process ends anyway. */
  private static final long CLOSING_SECONDS = 15;

  /** slf4j-simple logs nothing unless it is told so before the first logger is created. */
  private static final String LOG_LEVEL = "org.slf4j.simpleLogger.log.io.gill";

  /** A reply before the first request, which would otherwise take some tenths of a second longer than the others. */
  private static final RespondOptions WARM_UP = RespondOptions.builder().maxTokens(8).maxImages(0).build();

  @CommandLine.Spec private CommandLine.Model.@Nullable CommandSpec spec;

  @Option(names = "--port", paramLabel = "N", defaultValue = "8080",
      description = "Port to listen on (${DEFAULT-VALUE}); 0 chooses a free one.")
  private int port;

  @Option(names = "--host", paramLabel = "HOST", defaultValue = "127.0.0.1",
      description = "Address to listen on (${DEFAULT-VALUE}); 0.0.0.0 for all, which needs an API key to be safe.")
  private String host = "";

  @Option(names = "--api-key", paramLabel = "KEY",
      description = "Key that clients must send; by default the variable GILL_API_KEY, if it is set.")
  private @Nullable String apiKey;

  @Option(names = "--origin", paramLabel = "ORIGIN",
      description = "Origin of a web page that may use the server, or of a proxy in front of it, such as"
          + " https://chat.example.com. Repeatable.")
  private List<String> origins = List.of();

  @Option(names = "--timeout", paramLabel = "SECONDS", defaultValue = "600",
      description = "Time that a reply may take, with its wait (${DEFAULT-VALUE}).")
  private int timeout;

  @Option(names = "--running", paramLabel = "N", defaultValue = "8",
      description = "Maximum number of requests that are computed at a time (${DEFAULT-VALUE}).")
  private int running;

  @Option(names = "--generating", paramLabel = "N", defaultValue = "2",
      description = "Maximum number of these that generate pictures at a time (${DEFAULT-VALUE}).")
  private int generating;

  @Option(names = "--queued", paramLabel = "N", defaultValue = "8",
      description = "Maximum number of requests that wait; further ones get status 429 (${DEFAULT-VALUE}).")
  private int queued;

  @Option(names = "--cached", paramLabel = "N", defaultValue = "4",
      description = "Maximum number of conversations whose caches are kept between requests, so that only what is new "
          + "is read (${DEFAULT-VALUE}).")
  private int cached;

  @Option(names = "--limit-body", paramLabel = "BYTES", defaultValue = "16777216",
      description = "Maximum size of a request (${DEFAULT-VALUE}).")
  private int bodyBytes;

  @Option(names = "--limit-pixels", paramLabel = "N", defaultValue = "16000000",
      description = "Maximum number of pixels of all pictures of a request (${DEFAULT-VALUE}).")
  private int pixels;

  @Option(names = "--limit-messages", paramLabel = "N", defaultValue = "256",
      description = "Maximum number of messages of a conversation (${DEFAULT-VALUE}).")
  private int messages;

  @Option(names = "--limit-tokens", paramLabel = "N", defaultValue = "1024",
      description = "Maximum number of tokens that a request may ask for (${DEFAULT-VALUE}).")
  private int tokens;

  @Option(names = "--limit-steps", paramLabel = "N", defaultValue = "150",
      description = "Maximum number of denoising steps that a request may ask for (${DEFAULT-VALUE}).")
  private int steps;

  @Option(names = "--limit-pictures", paramLabel = "N", defaultValue = "4",
      description = "Maximum number of pictures that a request may ask for (${DEFAULT-VALUE}).")
  private int pictures;

  @Option(names = "--model", paramLabel = "DIR", description = "The model directory; the bundled model by default.")
  private @Nullable Path directory;

  @Mixin private ModelOptions modelOptions = new ModelOptions();

  @Mixin private ReplySettings replySettings = new ReplySettings();

  @Override
  public Integer call() {
    if (System.getProperty(LOG_LEVEL) == null) {
      System.setProperty(LOG_LEVEL, "info");
    }
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    String key = apiKey != null ? apiKey : System.getenv("GILL_API_KEY");
    Limits limits = new Limits(bodyBytes, pixels, messages, tokens, steps, pictures, running, queued);
    ServerOptions options =
        new ServerOptions(host, port, Optional.ofNullable(key), origins, limits, Duration.ofSeconds(timeout));
    Path folder = directory == null ? SmallWorld.directory() : directory;
    Path name = folder.toAbsolutePath().normalize().getFileName();
    String id = directory == null || name == null ? "small-world" : name.toString();
    CountDownLatch closed = new CountDownLatch(1);
    closeAtExit(closed);
    warning(options).ifPresent(line -> {
      PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
      err.println(line);
      err.flush();
    });
    try (GillServer server = GillServer.start(options)) {
      out.println("gill: listening at " + server.uri() + " (Ctrl-C ends), loading " + Printable.of(id));
      out.flush();
      try (GillModel model = modelOptions.load(folder, builder -> builder.limits(running, queued)
          .limitGeneration(generating).cachedConversations(cached))) {
        model.respond(Conversation.of("Hello"), WARM_UP);
        server.ready(new ServedModel(id, model, replySettings.over(modelOptions.replies(model)), Instant.now()));
        out.println("gill: ready");
        out.flush();
        awaitInterrupt(server);
      }
    } catch (InterruptedException e) {
      out.println("gill: ended");
      out.flush();
    } finally {
      closed.countDown();
    }
    return CommandLine.ExitCode.OK;
  }

  static Optional<String> warning(ServerOptions options) {
    return options.isOpenToOthers()
        ? Optional.of("gill: warning: everybody who can reach " + Printable.of(options.host())
            + " may use this server: set --api-key or GILL_API_KEY, or listen on --host 127.0.0.1")
        : Optional.empty();
  }

  private static void awaitInterrupt(GillServer server) throws InterruptedException {
    try {
      new CountDownLatch(1).await();
    } finally {
      server.close(); // before its model
    }
  }

  /** Lets the signals that end a process end the requests first. */
  private static void closeAtExit(CountDownLatch closed) {
    Thread server = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      server.interrupt();
      try {
        if (!closed.await(CLOSING_SECONDS, TimeUnit.SECONDS)) {
          Runtime.getRuntime().halt(1);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }, "gill-shutdown"));
  }
}
