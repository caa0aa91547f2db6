import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Measures a running server's page in headless Chromium: the time from the click on Send until the first text of the
 * reply is painted. Each message starts a new conversation, and its reply is complete before the next one.
 *
 * <pre>java PageLatency.java http://127.0.0.1:8080/ [MESSAGES [CHROMIUM-FLAG...]]</pre>
 *
 * Chromium or Chrome is taken from the variable CHROMIUM or found on the PATH. As root it needs --no-sandbox.
 */
final class PageLatency implements WebSocket.Listener {
  private static final List<String> SIZES = List.of("small", "large");
  private static final List<String> COLOURS = List.of("red", "green", "blue", "yellow", "black");
  private static final List<String> SHAPES = List.of("star", "circle", "square");

  private static final String ARM = """
      window.firstText = new Promise(done => {
        const log = document.getElementById('log');
        let click;
        document.getElementById('send').addEventListener('click', event => click = event.timeStamp,
          {capture: true, once: true});
        new MutationObserver((changes, observer) => {
          if (!log.querySelector('.assistant p[dir]')?.textContent) return;
          observer.disconnect();
          requestAnimationFrame(() => setTimeout(() => done(performance.now() - click))); // after the frame's paint
        }).observe(log, {childList: true, subtree: true, characterData: true});
      });
      document.getElementById('text').focus();
      """;

  private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
  private final StringBuilder partial = new StringBuilder();
  private final WebSocket socket;
  private int lastId;

  private PageLatency(HttpClient client, URI page) {
    socket = client.newWebSocketBuilder().buildAsync(page, this).join();
  }

  public static void main(String[] args) throws Exception {
    int count = args.length > 1 ? Integer.parseInt(args[1]) : 30;
    Path profile = Files.createTempDirectory("page-latency");
    List<String> command = new ArrayList<>(List.of(chromium(), "--headless=new", "--remote-debugging-port=0",
        "--user-data-dir=" + profile, "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE " + URI.create(args[0]).getHost(), "--window-size=1280,800"));
    command.addAll(Arrays.asList(args).subList(Math.min(2, args.length), args.length));
    command.add(args[0]);
    Process chromium = new ProcessBuilder(command).redirectErrorStream(true)
        .redirectOutput(profile.resolve("log.txt").toFile()).start();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(chromium, profile)));
    HttpClient client = HttpClient.newHttpClient();
    PageLatency page = new PageLatency(client, debugger(client, chromium, profile));
    page.await("document.getElementById('send')?.disabled === false && document.getElementById('model').textContent");
    double[] millis = new double[count];
    for (int i = 0; i < count; i++) {
      // Different texts, so that the server has no conversation that starts with the same message.
      millis[i] = page.firstText("draw a " + SIZES.get(i % 2) + " " + COLOURS.get(i / 2 % 5) + " "
          + SHAPES.get(i / 10 % 3) + " in the centre on a white background");
    }
    double first = millis[0];
    Arrays.sort(millis);
    System.out.printf(Locale.ROOT, "%d messages, click to first text: median %.0f ms, p90 %.0f ms, least %.0f ms, "
        + "first message %.0f ms%n", count, (millis[(count - 1) / 2] + millis[count / 2]) / 2,
        millis[(9 * count + 9) / 10 - 1], millis[0], first);
  }

  private double firstText(String text) throws Exception {
    evaluate("document.getElementById('new').click()");
    await("document.getElementById('log').children.length === 0");
    evaluate(ARM);
    call("Input.insertText", "{\"text\":" + quote(text) + "}");
    String[] at = evaluate("(b => (b.x + b.width / 2) + ' ' + (b.y + b.height / 2))"
        + "(document.getElementById('send').getBoundingClientRect())").split(" ");
    for (String type : List.of("mousePressed", "mouseReleased")) {
      call("Input.dispatchMouseEvent", "{\"type\":\"" + type + "\",\"button\":\"left\",\"clickCount\":1,\"x\":" + at[0]
          + ",\"y\":" + at[1] + "}");
    }
    double millis = Double.parseDouble(evaluate("firstText"));
    await("document.getElementById('stop').hidden");
    return millis;
  }

  private void await(String condition) throws Exception {
    for (int i = 0; i < 1200; i++) {
      if (evaluate("Boolean(" + condition + ")").equals("true")) {
        return;
      }
      Thread.sleep(50);
    }
    throw new IOException("not within a minute: " + condition);
  }

  /** Value of a script, or of its promise. */
  private String evaluate(String script) throws Exception {
    String answer = call("Runtime.evaluate",
        "{\"expression\":" + quote(script) + ",\"awaitPromise\":true,\"returnByValue\":true}");
    Matcher value = Pattern.compile("\"value\":(?:\"([^\"]*)\"|([^,}]*))").matcher(answer);
    return !value.find() ? "" : value.group(1) != null ? value.group(1) : value.group(2);
  }

  private String call(String method, String parameters) throws Exception {
    int id = ++lastId;
    socket.sendText("{\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":" + parameters + "}", true).join();
    String answer;
    do {
      answer = messages.poll(60, TimeUnit.SECONDS);
      if (answer == null) {
        throw new IOException("no answer within a minute to " + method + " " + parameters);
      }
    } while (!answer.startsWith("{\"id\":" + id + ","));
    if (answer.contains("\"exceptionDetails\":") || answer.contains("\"error\":")) {
      throw new IOException(answer);
    }
    return answer;
  }

  @Override
  public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
    partial.append(data);
    if (last) {
      messages.add(partial.toString());
      partial.setLength(0);
    }
    socket.request(1);
    return null;
  }

  private static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + '"';
  }

  private static String chromium() {
    String given = System.getenv("CHROMIUM");
    return given != null ? given : Stream.of("chromium", "chromium-browser", "google-chrome")
        .flatMap(name -> Arrays.stream(System.getenv("PATH").split(":")).map(folder -> Path.of(folder, name)))
        .filter(Files::isExecutable).findFirst().map(Path::toString)
        .orElseThrow(() -> new IllegalStateException("no Chromium or Chrome on the PATH; set CHROMIUM to its path"));
  }

  /** Address of the page's debugger, once Chromium has written its port. */
  private static URI debugger(HttpClient client, Process chromium, Path profile) throws Exception {
    Path port = profile.resolve("DevToolsActivePort");
    for (int i = 0; i < 600 && chromium.isAlive(); i++) {
      Thread.sleep(100);
      if (Files.exists(port)) {
        URI list = URI.create("http://127.0.0.1:" + Files.readAllLines(port).get(0) + "/json/list");
        String targets = client.send(HttpRequest.newBuilder(list).build(), HttpResponse.BodyHandlers.ofString()).body();
        Matcher page = Pattern.compile("\"(ws:[^\"]*/devtools/page/[^\"]*)\"").matcher(targets);
        if (page.find()) {
          return URI.create(page.group(1));
        }
      }
    }
    throw new IOException("Chromium did not start: " + Files.readString(profile.resolve("log.txt")));
  }

  private static void end(Process chromium, Path profile) {
    try {
      List<ProcessHandle> children = chromium.descendants().toList(); // they write to the profile, too
      chromium.destroy();
      if (!chromium.waitFor(10, TimeUnit.SECONDS)) {
        chromium.destroyForcibly().waitFor();
      }
      for (ProcessHandle child : children) {
        child.onExit().get(10, TimeUnit.SECONDS);
      }
      try (Stream<Path> files = Files.walk(profile)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    } catch (Exception e) {
      System.err.println(profile + " is left: " + e);
    }
  }
}
