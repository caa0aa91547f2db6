package io.gill.examples.claim;

import io.gill.GillException;
import io.gill.GillModel;
import io.gill.Reply;
import io.gill.Reply.Action;
import io.gill.Reply.ImagePart;
import io.gill.RespondOptions;
import io.gill.Session;
import io.gill.examples.claim.TalkReply.Source;
import io.gill.examples.world.Grammar;
import io.gill.examples.world.Scene;
import io.gill.examples.world.TestTalk;
import io.gill.examples.world.TestTalk.Picture;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Talks with a model as in the dialogues of the free-talk test set. Each dialogue is one session. */
final class TalkPlayer {
  private final GillModel model;
  private final RespondOptions options;
  private final long seed;

  /**
   * Creates a player.
   *
   * @param model the model
   * @param options the options of each reply, of the policy {@link RespondOptions.ImagePolicy#BOTH}
   * @param seed varies the pictures that the user shows
   */
  TalkPlayer(GillModel model, RespondOptions options, long seed) {
    this.model = model;
    this.options = options;
    this.seed = seed;
  }

  /** Plays a dialogue. A turn that the model cannot answer has an empty reply, and the talk goes on. */
  List<TalkReply> play(TestTalk talk) {
    List<TalkReply> replies = new ArrayList<>();
    boolean shown = false;
    try (Session session = model.session()) {
      for (TestTalk.Turn turn : talk.turns()) {
        shown |= turn.shows() && !replies.isEmpty();
        replies.add(reply(session, turn, replies.size() + 1, shown));
      }
    }
    return replies;
  }

  private TalkReply reply(Session session, TestTalk.Turn turn, int number, boolean shown) {
    Reply reply;
    try {
      reply = session.respond(Asking.contents(turn.user(), seed + number), options);
    } catch (GillException e) { // a history that does not fit into the model's positions
      return new TalkReply(number, turn, shown, "", false, List.of(), Source.NONE, withoutPicture(turn));
    }
    List<ImagePart> parts = reply.images();
    List<BufferedImage> seen = parts.stream().flatMap(part -> seen(part).stream()).toList();
    return new TalkReply(number, turn, shown, reply.text(), strayWords(reply), seen,
        parts.isEmpty() ? Source.NONE : decided(parts.get(0)),
        parts.isEmpty() ? withoutPicture(turn) : better(turn, found(parts.get(0)), made(parts.get(0))));
  }

  /** Whether a reply with pictures has a text that announces no possible picture, or one that does not follow. */
  private static boolean strayWords(Reply reply) {
    List<Reply.Part> parts = reply.parts();
    return !reply.images().isEmpty() && IntStream.range(0, parts.size()).anyMatch(i ->
        parts.get(i) instanceof Reply.TextPart text && !text.text().isBlank()
            && !(i + 1 < parts.size() && Grammar.parse(text.text()).isPresent()));
  }

  private static Source decided(ImagePart part) {
    return Preference.decided(part) == Action.GENERATE ? Source.GENERATED : Source.RETRIEVED;
  }

  /** Returns the picture that the model would show without policy BOTH. */
  private static Optional<BufferedImage> seen(ImagePart part) {
    return decided(part) == Source.GENERATED
        ? made(part).or(() -> found(part)) : found(part).or(() -> made(part));
  }

  private static Optional<BufferedImage> found(ImagePart part) {
    return part.retrieved().stream().findFirst().map(Reply.RetrievedImage::image);
  }

  private static Optional<BufferedImage> made(ImagePart part) {
    return part.generated().stream().findFirst().map(Reply.GeneratedImage::image);
  }

  private static Source better(TestTalk.Turn turn, Optional<BufferedImage> found, Optional<BufferedImage> made) {
    if (!(turn.wanted() instanceof Picture wanted)) {
      return Source.NONE;
    }
    Scene first = wanted.scenes().get(0);
    return accuracy(first, found) >= accuracy(first, made) ? Source.RETRIEVED : Source.GENERATED;
  }

  private static double accuracy(Scene wanted, Optional<BufferedImage> picture) {
    return TalkReply.score(wanted, picture.orElse(null)).accuracy();
  }

  /** Most wanted scenes are in no collection. */
  private static Source withoutPicture(TestTalk.Turn turn) {
    return turn.wanted() instanceof Picture ? Source.GENERATED : Source.NONE;
  }
}
