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

/** Prints a reply while it is generated: text and images on standard output, progress in one line on standard error. */
final class ReplyPrinter implements GillListener {
  private static final String NAME = "gill: ";
  private static final Map<Finish, String> NOTES = Map.of(
      Finish.CANCELLED, "cancelled",
      Finish.TIMED_OUT, "the reply's time-out passed",
      Finish.CONTEXT_FULL, "the conversation no longer fits into the model's context: /reset starts a new one",
      Finish.MAX_TOKENS, "the reply reached --max-tokens");

  private final RespondOptions options;
  private final PrintWriter out;
  private final PrintWriter err;
  private final @Nullable PictureFolder folder;
  private boolean lineOpen;
  private boolean progressOpen;

  ReplyPrinter(RespondOptions options, PrintWriter out, PrintWriter err, @Nullable PictureFolder folder) {
    this.options = options;
    this.out = out;
    this.err = err;
    this.folder = folder;
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
    err.print("\rstep " + step + " of " + steps);
    err.flush();
    progressOpen = true;
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
    if (progressOpen) {
      err.println();
      err.flush();
      progressOpen = false;
    }
  }
}
