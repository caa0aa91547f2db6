package io.gill.examples.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.Download;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import io.gill.DiffusionOptions;
import io.gill.image.Images;
import io.gill.stage.Conditioning;
import io.gill.testing.FakeLanguageModel;
import io.gill.testing.FakeModel;
import io.gill.testing.FakeTokenizer;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The page in a real browser without a window: Chromium or Chrome of the machine. */
class PageTest {
  private static final Path SCREENSHOTS = Path.of("target", "page");

  /** With this number of steps a picture is never complete. */
  private static final String ENDLESS = "13";

  private static final BufferedImage PREVIEW = new BufferedImage(64, 48, BufferedImage.TYPE_INT_RGB);

  /** Pastes or drops a picture. */
  private static final String GIVE = "([type, target]) => new Promise(done => {"
      + " const c = document.createElement('canvas');"
      + "c.width = 9; c.height = 9; c.toBlob(done); }).then(blob => { const data = new DataTransfer();"
      + "data.items.add(new File([blob], 'a.png', {type: 'image/png'}));"
      + "document.querySelector(target).dispatchEvent(type === 'paste'"
      + "? new ClipboardEvent(type, {clipboardData: data, bubbles: true})"
      + ": new DragEvent(type, {dataTransfer: data, bubbles: true})); })";

  private static Playwright playwright;
  private static Browser browser;
  private static TestServer server;

  private final List<String> problems = new ArrayList<>();
  private BrowserContext context;
  private Page page;

  @BeforeAll
  static void start() {
    Path chromium = Programs.require("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");
    playwright = Playwright.create(
        new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
    browser = playwright.chromium().launch(new BrowserType.LaunchOptions()
        .setExecutablePath(chromium).setArgs(List.of("--no-sandbox", "--disable-dev-shm-usage")));
    FakeTokenizer tokenizer = new FakeTokenizer();
    server = TestServer.start(ServerOptions.defaults(), FakeModel.builder(TestServer::answer).tokenizer(tokenizer)
        .languageModel(new FakeLanguageModel(tokenizer, TestServer::answer, 600)).imageGenerator(new Generator()));
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
      playwright.close();
      server.close();
    }
  }

  @BeforeEach
  void open() {
    context = browser.newContext(new Browser.NewContextOptions().setAcceptDownloads(true));
    page = context.newPage();
    page.onConsoleMessage(message -> {
      if (message.type().equals("error") && !message.text().contains("status of 400")) {
        problems.add(message.text());
      }
    });
    page.onPageError(problems::add);
    page.onDialog(dialog -> {
      problems.add("dialog: " + dialog.message());
      dialog.dismiss();
    });
    page.navigate(server.server.uri().toString());
    PlaywrightAssertions.assertThat(page.locator("#model")).hasText(TestServer.MODEL);
  }

  @AfterEach
  void close() {
    context.close();
    assertThat(problems).isEmpty();
  }

  private static final class Generator extends Painter {
    @Override
    public List<BufferedImage> generate(
        Conditioning conditioning, int count, DiffusionOptions options, Noise noise, StepListener listener) {
      while (Integer.toString(options.steps()).equals(ENDLESS)) {
        if (!listener.onStep(3, options.steps(), () -> List.of(PREVIEW))) {
          throw new CancellationException("stopped");
        }
        LockSupport.parkNanos(20_000_000);
      }
      return super.generate(conditioning, count, options, noise, listener);
    }
  }

  private Locator button(String name) {
    return page.getByRole(AriaRole.BUTTON, new Page.GetByRoleOptions().setName(name).setExact(true));
  }

  private Locator turns(String role) {
    return page.locator("#log ." + role);
  }

  private void say(String text) {
    page.getByLabel("Message", new Page.GetByLabelOptions().setExact(true)).fill(text);
    page.keyboard().press("Enter");
  }

  private void sayAndWait(String text) {
    say(text);
    PlaywrightAssertions.assertThat(page.locator("#status")).hasText("The reply is complete.");
  }

  private static void sayAndWait(Page other, String text) {
    other.locator("#text").fill(text);
    other.locator("#text").press("Enter");
    PlaywrightAssertions.assertThat(other.locator("#status")).hasText("The reply is complete.");
  }

  private void set(String label, String value) {
    if (page.locator("#settings").isHidden()) {
      button("Settings").click();
    }
    Locator field = page.getByLabel(label);
    if (label.startsWith("Pictures")) {
      field.selectOption(value);
    } else {
      field.fill(value);
    }
  }

  private void screenshot(String name) {
    page.screenshot(new Page.ScreenshotOptions().setPath(SCREENSHOTS.resolve(name + ".png")));
  }

  private static FilePayload white(String name) {
    BufferedImage image = new BufferedImage(120, 80, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, 120, 80);
    graphics.setColor(Color.RED);
    graphics.fillOval(40, 20, 40, 40);
    graphics.dispose();
    return new FilePayload(name, "image/png", Images.toPng(image, Map.of()));
  }

  @Test
  void aConversationWithUploadedRetrievedAndGeneratedPictures() {
    page.locator("#picture-file").setInputFiles(white("red.png"));
    PlaywrightAssertions.assertThat(page.getByAltText("Picture 1 of your message")).isVisible();
    sayAndWait("what is this");
    PlaywrightAssertions.assertThat(turns("user").first().locator("img")).hasCount(1);
    assertThat(turns("assistant").first().innerText()).contains("You said").contains("what is this");

    sayAndWait("draw a cat");
    Locator drawn = turns("assistant").nth(1).locator("figure");
    PlaywrightAssertions.assertThat(drawn).hasCount(1);
    assertThat(drawn.innerText()).contains("Generated picture")
        .contains("decision: generate 75.0 %, retrieve 25.0 %").contains("seed ");

    set("Pictures come from", "retrieve");
    set("Number of pictures", "2");
    sayAndWait("draw a dog");
    Locator found = turns("assistant").nth(2).locator("figure");
    PlaywrightAssertions.assertThat(found).hasCount(2);
    assertThat(found.first().innerText()).contains("Retrieved picture").contains("from fake:0");
    assertThat(found.nth(1).innerText()).contains("not chosen").doesNotContain("decision");
    button("Settings").click();
    screenshot("conversation-light");

    page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(ColorScheme.DARK));
    screenshot("conversation-dark");
    page.setViewportSize(360, 740);
    assertThat(page.evaluate("document.documentElement.scrollWidth <= innerWidth")).isEqualTo(true);
    screenshot("conversation-phone");

    page.reload();
    PlaywrightAssertions.assertThat(page.locator("#model")).hasText(TestServer.MODEL); // nothing is sent before
    PlaywrightAssertions.assertThat(turns("assistant")).hasCount(3);
    PlaywrightAssertions.assertThat(page.locator("#log figure")).hasCount(4);
    sayAndWait("and after the reload"); // the restored conversation goes on
    assertThat(turns("assistant").nth(3).innerText()).contains("You said and after the reload");
  }

  @Test
  void aReplyIsStoppedUndoneEditedAndRepeated() {
    set("Steps", ENDLESS);
    say("draw a cat");
    PlaywrightAssertions.assertThat(page.getByText("Generating a picture: step 3 of 13")).isVisible();
    PlaywrightAssertions.assertThat(page.getByAltText("Preview of the picture")).isVisible();
    screenshot("progress");
    button("Stop").click();
    PlaywrightAssertions.assertThat(page.locator("#status")).hasText("The reply was stopped.");
    assertThat(turns("assistant").innerText()).contains("Here it is.").contains("stopped");

    say("draw another");
    PlaywrightAssertions.assertThat(page.getByText("Generating a picture: step 3 of 13")).isVisible();
    page.keyboard().press("Escape"); // stops, too
    PlaywrightAssertions.assertThat(page.locator("#status")).hasText("The reply was stopped.");

    button("Undo").click();
    PlaywrightAssertions.assertThat(turns("user")).hasCount(1);
    set("Steps", "2");
    button("Try again").click();
    PlaywrightAssertions.assertThat(turns("assistant").locator("figure")).hasCount(1);

    sayAndWait("hello");
    turns("user").first().getByText("Edit").click();
    PlaywrightAssertions.assertThat(page.locator("#text")).hasValue("draw a cat");
    sayAndWait("good morning");
    PlaywrightAssertions.assertThat(turns("user")).hasCount(1);
    assertThat(turns("assistant").innerText()).contains("You said good morning");

    button("New").click();
    PlaywrightAssertions.assertThat(turns("user")).hasCount(0);
    PlaywrightAssertions.assertThat(button("Undo")).isDisabled();
  }

  @Test
  void aReloadDuringAReplyKeepsTheMessage() {
    set("Steps", ENDLESS);
    say("draw a cat");
    PlaywrightAssertions.assertThat(page.getByText("Generating a picture: step 3 of 13")).isVisible();
    page.reload();
    PlaywrightAssertions.assertThat(page.locator("#model")).hasText(TestServer.MODEL);
    PlaywrightAssertions.assertThat(turns("user")).hasCount(1);
    assertThat(turns("user").innerText()).contains("draw a cat");
    PlaywrightAssertions.assertThat(turns("assistant")).hasCount(0);
    set("Steps", "2");
    button("Try again").click();
    PlaywrightAssertions.assertThat(turns("assistant").locator("figure")).hasCount(1);
    PlaywrightAssertions.assertThat(turns("user")).hasCount(1);
  }

  @Test
  void aMessageThatCannotBePreparedFailsAndTheNextOneIsSent() {
    page.evaluate("void (HTMLImageElement.prototype.decode = () => { throw new Error('no memory for a picture'); })");
    page.evaluate(GIVE, List.of("paste", "#text"));
    PlaywrightAssertions.assertThat(page.locator("#attachments img")).hasCount(1);
    say("what is this");
    PlaywrightAssertions.assertThat(turns("assistant")).containsText("no memory for a picture");
    button("Undo").click();
    PlaywrightAssertions.assertThat(turns("user")).hasCount(0);
    sayAndWait("hello");
    assertThat(turns("assistant").innerText()).contains("You said hello");
  }

  @Test
  void nothingIsSentBeforeTheModelIsLoaded() {
    try (TestServer loading = TestServer.loading(ServerOptions.defaults()); Page early = context.newPage()) {
      early.navigate(loading.server.uri().toString());
      PlaywrightAssertions.assertThat(early.locator("#status")).hasText("The model is being loaded…");
      PlaywrightAssertions.assertThat(early.locator("#send")).isDisabled();
      early.locator("#text").fill("hello");
      early.locator("#text").press("Enter");
      PlaywrightAssertions.assertThat(early.locator("#text")).hasValue("hello");
      PlaywrightAssertions.assertThat(early.locator("#log .user")).hasCount(0);
    }
  }

  @Test
  void picturesArePastedDroppedFoundAndRemoved() {
    page.evaluate(GIVE, List.of("paste", "#text"));
    PlaywrightAssertions.assertThat(page.locator("#attachments img")).hasCount(1);
    page.evaluate(GIVE, List.of("drop", "main"));
    PlaywrightAssertions.assertThat(page.locator("#attachments img")).hasCount(2);
    button("Search").click();
    page.getByLabel("Text").fill("a cat");
    page.keyboard().press("Enter");
    PlaywrightAssertions.assertThat(page.locator("#search-status")).hasText("10 pictures");
    page.locator("#query-file").setInputFiles(white("red.png"));
    PlaywrightAssertions.assertThat(page.locator("#results figure")).hasCount(10);
    screenshot("search");
    page.locator("#results").getByText("Use in message").first().click();
    PlaywrightAssertions.assertThat(page.locator("#attachments img")).hasCount(3);
    button("Remove picture 1").click();
    PlaywrightAssertions.assertThat(page.locator("#attachments img")).hasCount(2);
    page.locator("#picture-file").setInputFiles(
        new FilePayload("notes.png", "image/png", TestServer.bytes("no picture")));
    PlaywrightAssertions.assertThat(page.getByRole(AriaRole.ALERT)).hasText("notes.png cannot be read.");
  }

  @Test
  void picturesAreNotTakenForAModelThatDoesNotReadThem() {
    try (TestServer blind = TestServer.start(ServerOptions.defaults(),
            FakeModel.builder(TestServer::answer).withoutVisionEncoder());
        Page other = open(blind)) {
      PlaywrightAssertions.assertThat(other.locator("#model")).hasText(TestServer.MODEL);
      for (List<String> way : List.of(List.of("paste", "#text"), List.of("drop", "main"))) {
        other.evaluate(GIVE, way);
        PlaywrightAssertions.assertThat(other.getByRole(AriaRole.ALERT)).hasText("This model does not read pictures.");
        PlaywrightAssertions.assertThat(other.locator("#attachments img")).hasCount(0);
      }
    }
  }

  private Page open(TestServer at) {
    Page opened = context.newPage();
    opened.navigate(at.server.uri().toString());
    return opened;
  }

  @Test
  void droppedTextGoesWhereTheBrowserPutsIt() {
    String drop = "([type, target]) => { const data = new DataTransfer();"
        + "if (type === 'text') data.setData('text/plain', 'hello'); else data.items.add(new File(['x'], 'a.txt'));"
        + "return document.querySelector(target).dispatchEvent("
        + "new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})); }";
    assertThat(page.evaluate(drop, List.of("text", "#text"))).as("left to the browser").isEqualTo(true);
    assertThat(page.evaluate(drop, List.of("text", "main"))).isEqualTo(false);
    assertThat(page.evaluate(drop, List.of("file", "#text"))).isEqualTo(false);
    PlaywrightAssertions.assertThat(page.getByRole(AriaRole.ALERT)).hasText("a.txt is not a picture.");
  }

  @Test
  void largePicturesAreReducedAndTransparencyBecomesWhite() {
    BufferedImage transparent = new BufferedImage(2000, 1500, BufferedImage.TYPE_INT_ARGB);
    page.locator("#picture-file").setInputFiles(
        new FilePayload("large.png", "image/png", Images.toPng(transparent, Map.of())));
    PlaywrightAssertions.assertThat(page.locator("#attachments img")).hasCount(1);
    Object shown = page.evaluate("async () => { const image = document.querySelector('#attachments img');"
        + "await image.decode(); const canvas = document.createElement('canvas');"
        + "canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;"
        + "const context = canvas.getContext('2d'); context.drawImage(image, 0, 0);"
        + "return [canvas.width * canvas.height, context.getImageData(5, 5, 1, 1).data[0]]; }");
    List<?> pixelsAndRed = (List<?>) shown;
    assertThat((Integer) pixelsAndRed.get(0)).isBetween(990_000, 1_000_000);
    assertThat((Integer) pixelsAndRed.get(1)).isGreaterThan(250);
  }

  @Test
  void theOldestMessagesAreLeftOutIfARequestWouldBeTooLarge() {
    Limits limits = new Limits(1 << 20, 1_200_000, 4, 200, 50, 4, 2, 8);
    try (TestServer small = TestServer.start(TestServer.options(limits), FakeModel.builder(TestServer::answer));
        Page other = open(small)) {
      PlaywrightAssertions.assertThat(other.locator("#model")).hasText(TestServer.MODEL);
      BufferedImage large = new BufferedImage(2000, 1500, BufferedImage.TYPE_INT_RGB);
      FilePayload picture = new FilePayload("large.png", "image/png", Images.toPng(large, Map.of()));
      String complete = "The reply is complete.";
      for (String status : List.of(complete, complete + " The model did not read the 2 oldest messages", // pixels
          complete + " The model did not read the 2 oldest messages",
          complete + " The model did not read the 4 oldest messages")) { // number of messages
        if (other.locator("#log .user").count() < 2) {
          other.locator("#picture-file").setInputFiles(picture);
          PlaywrightAssertions.assertThat(other.locator("#attachments img")).hasCount(1);
        }
        other.locator("#text").fill("hello");
        other.locator("#text").press("Enter");
        PlaywrightAssertions.assertThat(other.locator("#send")).isHidden();
        PlaywrightAssertions.assertThat(other.locator("#send")).isVisible();
        PlaywrightAssertions.assertThat(other.locator("#status")).containsText(status);
      }
      PlaywrightAssertions.assertThat(other.locator("#log .failure")).hasCount(0);
    }
  }

  @Test
  void anInvalidSettingIsShown() {
    set("Steps", "999");
    button("Settings").click();
    PlaywrightAssertions.assertThat(page.locator("#settings")).isHidden();
    say("hello");
    PlaywrightAssertions.assertThat(page.locator("#settings")).isVisible();
    PlaywrightAssertions.assertThat(button("Settings")).hasAttribute("aria-expanded", "true");
    PlaywrightAssertions.assertThat(page.getByLabel("Steps")).isFocused();
    PlaywrightAssertions.assertThat(page.locator("#text")).hasValue("hello");
    set("Steps", "2");
    sayAndWait("hello");
  }

  @Test
  void aScreenReaderHearsTheReplyAndItsPictures() {
    Locator spoken = page.locator("#spoken");
    PlaywrightAssertions.assertThat(spoken).hasAttribute("role", "status");
    sayAndWait("draw a cat");
    PlaywrightAssertions.assertThat(spoken).containsText("Here it is.");
    PlaywrightAssertions.assertThat(spoken).containsText("Generated picture, decision: generate 75.0 %");
    sayAndWait("hello");
    PlaywrightAssertions.assertThat(spoken).hasText("You said hello");
  }

  @Test
  void sendOpensAKeyDialogThatWasLeft() {
    ServerOptions options = new ServerOptions(
        "127.0.0.1", 0, Optional.of("secret"), List.of(), Limits.defaults(), Duration.ofMinutes(1));
    try (TestServer locked = TestServer.start(options, FakeModel.builder(TestServer::answer));
        Page other = open(locked)) {
      Locator dialog = other.locator("#key-dialog");
      PlaywrightAssertions.assertThat(dialog).isVisible();
      other.keyboard().press("Escape");
      PlaywrightAssertions.assertThat(dialog).isHidden();
      other.locator("#send").click();
      PlaywrightAssertions.assertThat(dialog).isVisible();
      other.locator("#key").fill("secret");
      other.locator("#key").press("Enter");
      PlaywrightAssertions.assertThat(other.locator("#model")).hasText(TestServer.MODEL);
      other.locator("#text").fill("hello");
      other.locator("#send").click();
      PlaywrightAssertions.assertThat(other.locator("#status")).hasText("The reply is complete.");
    }
  }

  @Test
  void eachTabKeepsItsOwnConversation() {
    sayAndWait("the first");
    try (Page other = open(server)) {
      Locator users = other.locator("#log .user p");
      PlaywrightAssertions.assertThat(users).hasText("the first"); // the latest one
      other.locator("#new").click();
      sayAndWait(other, "the second");
      page.reload();
      PlaywrightAssertions.assertThat(page.locator("#log .user p")).hasText("the first");
      other.reload();
      PlaywrightAssertions.assertThat(users).hasText("the second");
    }
  }

  /** A duplicated tab begins with a copy of the other's session storage, as a window that a page opens. */
  @Test
  void aDuplicatedTabGoesOnByItself() {
    sayAndWait("the first");
    try (Page other = page.waitForPopup(() -> page.evaluate("() => { window.open(location.href); }"))) {
      Locator users = other.locator("#log .user p");
      PlaywrightAssertions.assertThat(users).hasText("the first");
      sayAndWait(other, "the second");
      page.reload();
      PlaywrightAssertions.assertThat(page.locator("#log .user p")).hasText("the first");
      other.reload();
      PlaywrightAssertions.assertThat(users).hasText(new String[] {"the first", "the second"});
    }
  }

  @Test
  void hostileTextStaysTextAndErrorsAreShown() {
    String hostile = "<img src=x onerror=alert(1)><script>alert(2)</script>";
    sayAndWait(hostile);
    assertThat(turns("user").innerText()).contains(hostile);
    assertThat(turns("assistant").innerText()).contains("You said " + hostile);
    PlaywrightAssertions.assertThat(page.locator("#log script, #log img")).hasCount(0);

    say("word ".repeat(700));
    PlaywrightAssertions.assertThat(page.getByRole(AriaRole.ALERT)).hasText("The reply failed.");
    assertThat(turns("assistant").nth(1).innerText()).contains("language model has 600");
    screenshot("error");
    button("Undo").click();
    PlaywrightAssertions.assertThat(page.locator("#error")).isEmpty();
    sayAndWait("hello again");
  }

  @Test
  void aConversationIsSavedLoadedAndExported() throws Exception {
    page.locator("#picture-file").setInputFiles(white("red.png"));
    sayAndWait("<b>what</b> is this");
    Download saved = page.waitForDownload(() -> button("Save").click());
    Download exported = page.waitForDownload(() -> button("Export").click());
    Path json = SCREENSHOTS.resolve("conversation.json");
    Path html = SCREENSHOTS.resolve("conversation.html");
    saved.saveAs(json);
    exported.saveAs(html);
    assertThat(Files.readString(html)).contains("&lt;b&gt;what&lt;/b&gt; is this").doesNotContain("<b>")
        .contains("data:image/png;base64,").contains("default-src 'none'");

    button("New").click();
    page.locator("#conversation-file").setInputFiles(json);
    PlaywrightAssertions.assertThat(turns("assistant")).hasCount(1);
    PlaywrightAssertions.assertThat(page.locator("#log img")).hasCount(1);

    String evil = Files.readString(json).replace("data:image/png;base64,", "https://evil.example/");
    page.locator("#conversation-file").setInputFiles(
        new FilePayload("evil.json", "application/json", TestServer.bytes(evil)));
    PlaywrightAssertions.assertThat(page.getByRole(AriaRole.ALERT)).containsText("damaged picture");
    PlaywrightAssertions.assertThat(turns("assistant")).hasCount(1);
  }

  @Test
  void everyControlHasANameAndTheKeyboardReachesIt() {
    Object unnamed = page.evaluate("[...document.querySelectorAll('button, input:not([hidden]), select, textarea')]"
        + ".filter(e => !(e.ariaLabel || e.textContent.trim() || e.labels?.length)).map(e => e.id)");
    assertThat((List<?>) unnamed).isEmpty();
    page.keyboard().press("Tab");
    PlaywrightAssertions.assertThat(page.getByText("Skip to the message box")).isFocused();
    page.keyboard().press("Enter");
    page.keyboard().press("Tab");
    PlaywrightAssertions.assertThat(page.locator("#send")).isFocused();
  }
}
