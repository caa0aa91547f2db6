package io.gill.examples;

import io.gill.GillListener;
import io.gill.Reply;
import io.gill.Reply.Decision;
import io.gill.Reply.Finish;
import io.gill.Reply.ImagePart;
import io.gill.RespondOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints a reply while it is generated: text and images as output, progress in one line beside it. */
final class ReplyPrinter implements GillListener {
  private static final String NAME = "gill: ";
  private static final Map<Finish, String> NOTES = Map.of(
      Finish.CANCELLED, "cancelled",
      Finish.TIMED_OUT, "the reply's time-out passed",
      Finish.CONTEXT_FULL, "the conversation no longer fits into the model's context: /reset starts a new one",
      Finish.MAX_TOKENS, "the reply reached --max-tokens");

  private final RespondOptions options;
  private final Screen screen;
  private final PrintWriter out;
  private final PrintWriter err;
  private final StatusLine progress;
  private final @Nullable PictureFolder folder;
  private boolean lineOpen;

  ReplyPrinter(RespondOptions options, Screen screen, @Nullable PictureFolder folder) {
    this.options = options;
    this.screen = screen;
    this.folder = folder;
    out = screen.out();
    err = screen.err();
    progress = screen.statusLine();
  }

  @Override
  public void onText(String piece) {
    if (!lineOpen) {
      out.print(NAME);
      lineOpen = true;
    }
    out.print(Printable.of(piece));
    out.flush();
  }

  @Override
  public void onImageWanted(Decision decision) {
    endLine();
  }

  @Override
  public void onDiffusionStep(int step, int steps) {
    progress.show("step " + step + " of " + steps);
  }

  @Override
  public void onImage(ImagePart part) {
    endLine();
    for (Picture picture : Picture.of(part, options)) {
      Path file = folder == null ? null : folder.save(picture);
      if (file == null && !picture.shown()) {
        continue;
      }
      out.print(NAME + "[" + picture.origin() + " picture"
          + (picture.shown() ? "" : ", not chosen") + ", score " + picture.facts().get("score"));
      String source = picture.facts().get("source");
      out.println((source == null ? "" : ", " + Printable.of(source)) + (file == null ? "]" : "] " + file));
      if (picture.shown()) {
        screen.pictures().accept(picture.image());
      }
    }
    if (part.image().isEmpty()) {
      out.println(NAME + "[a picture was requested, but none could be retrieved or generated]");
    }
    out.flush();
    part.problem().ifPresent(problem -> {
      err.println((part.retrieved().isEmpty() ? "(nothing was retrieved: " : "(") + Printable.of(problem) + ")");
      err.flush();
    });
  }

  /** Ends a complete reply. */
  void end(Reply reply) {
    endLine();
    if (reply.parts().isEmpty()) {
      out.println(NAME + "(nothing)");
      out.flush();
    }
    String note = NOTES.get(reply.finish());
    if (note != null) {
      err.println("(" + note + ")");
      err.flush();
    }
  }

  /** Ends a reply that failed. */
  void breakOff() {
    endLine();
  }

  private void endLine() {
    if (lineOpen) {
      out.println();
      out.flush();
      lineOpen = false;
    }
    progress.end();
  }
}
