package io.gill.examples.train;

import io.gill.examples.world.Answers;
import io.gill.examples.world.Dialogues.Window;
import io.gill.examples.world.Scene;
import io.gill.examples.world.WorldDialogue;
import io.gill.examples.world.WorldDialogue.Kind;
import io.gill.examples.world.WorldDialogue.Meant;
import io.gill.examples.world.WorldDialogue.Pictured;
import io.gill.examples.world.WorldDialogue.Piece;
import io.gill.examples.world.WorldDialogue.Said;
import io.gill.examples.world.WorldDialogue.Seen;
import io.gill.examples.world.WorldDialogue.Turn;
import io.gill.stage.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The tokens of a dialogue, with the beginning token before the first text, where the library puts it.
 *
 * @param ids the tokens; those of a picture of the user are its tags, as many as the library reads visual tokens
 * @param said which of them the model says and learns
 * @param shown the scenes of the user's pictures, empty for those of something else, by the index of the first token
 * @param pictures the scenes of the model's pictures in learned answers, by the index of their first token
 * @param meant what the user speaks of, by the indices of the tokens that start an answer
 * @param plans the scene of an answer, by the same indices
 * @param decisions the tokens that start an answer of one word, which is yes, no or a number
 */
@SuppressWarnings("ArrayRecordComponent") // plain data, never compared
record DialogueTokens(
    int[] ids, BitSet said, Map<Integer, Optional<Scene>> shown, Map<Integer, Scene> pictures,
    Map<Integer, Meant> meant, Map<Integer, Scene> plans, BitSet decisions) {
  /** Number of tokens at the start of an answer that must encode what the user speaks of: those up to "It is". */
  private static final int OPENING = 3;

  private static final Set<String> DECISIONS =
      Set.of(Answers.YES, Answers.NO, Answers.number(0), Answers.number(1), Answers.number(2));

  /**
   * Encodes a dialogue.
   *
   * @param pictureForbidden whether the only picture of the last reply is missing, as where the host forbids it
   * @param picture the tokens of each picture of the model
   */
  static DialogueTokens of(Window window, boolean pictureForbidden, int[] picture, Tokenizer tokenizer) {
    List<Integer> ids = new ArrayList<>();
    BitSet said = new BitSet();
    Map<Integer, Optional<Scene>> shown = new LinkedHashMap<>();
    Map<Integer, Scene> pictures = new LinkedHashMap<>();
    Map<Integer, Meant> meant = new LinkedHashMap<>();
    Map<Integer, Scene> plans = new LinkedHashMap<>();
    BitSet decisions = new BitSet();
    Iterator<Turn> turns = window.dialogue().turns().iterator();
    Iterator<Boolean> answerable = window.answerable().iterator();
    boolean without = pictureForbidden && !window.dialogue().last().goesOn();
    boolean begun = false;
    boolean learned = false;
    for (Piece piece : window.dialogue().pieces()) {
      if (!begun && !piece.isShown()) {
        ids.add(tokenizer.bosId());
        begun = true;
      }
      int start = ids.size();
      if (piece instanceof Pictured pictured) {
        if (without && !turns.hasNext()) {
          continue;
        } else if (learned) {
          pictures.put(start, pictured.scene());
        }
        Arrays.stream(picture).forEach(ids::add);
        continue;
      }
      Arrays.stream(tokenizer.encode(WorldDialogue.text(piece), false)).forEach(ids::add);
      if (piece instanceof Said text && text.answer()) {
        if (!text.text().isBlank()) {
          learned = answerable.next();
          Turn turn = turns.next();
          decisions.set(start, learned && DECISIONS.contains(turn.answer()));
          for (int i = 0; learned && i < OPENING; i++) {
            int place = start - 1 + i;
            turn.meant().ifPresent(one -> meant.put(place, one));
            if (turn.kind() != Kind.GREETING && turn.kind() != Kind.REFUSAL) {
              turn.current().ifPresent(scene -> plans.put(place, scene));
            }
          }
        }
        said.set(start, ids.size(), learned);
      } else if (piece.isShown()) {
        shown.put(start, piece instanceof Seen seen ? Optional.of(seen.scene()) : Optional.empty());
      }
    }
    int[] all = ids.stream().mapToInt(Integer::intValue).toArray();
    return new DialogueTokens(all, said, shown, pictures, meant, plans, decisions);
  }

  /**
   * Joins the tokens of dialogues as rows of the longest one's length. They are padded at the end, which no earlier
   * token sees.
   */
  static int[] padded(List<DialogueTokens> dialogues) {
    int length = dialogues.stream().mapToInt(dialogue -> dialogue.ids.length).max().orElseThrow();
    int[] all = new int[dialogues.size() * length];
    for (int i = 0; i < dialogues.size(); i++) {
      int[] ids = dialogues.get(i).ids;
      System.arraycopy(ids, 0, all, i * length, ids.length);
    }
    return all;
  }

  /** Returns the places of the tokens that the model says after the first picture of the user. */
  IntStream saidAfterPicture() {
    return shown.isEmpty() ? IntStream.empty()
        : said.stream().filter(place -> place > shown.keySet().iterator().next());
  }

  /** Returns the places where the model's pictures begin, and of the token that it says right after each. */
  IntStream aroundOwnPictures() {
    return pictures.keySet().stream().flatMapToInt(start ->
        IntStream.of(start, start + WorldModel.IMAGE_TOKENS).filter(place -> place == start || said.get(place)));
  }

  /** Whether the model says a token right after one of several pictures of its reply, the last one among them. */
  boolean followsOneOfSeveral(int place) {
    int picture = place - WorldModel.IMAGE_TOKENS;
    return said.get(place) && pictures.containsKey(picture)
        && (pictures.containsKey(said.nextClearBit(place)) // another one follows
            || pictures.containsKey(said.previousClearBit(picture - 1) + 1 - WorldModel.IMAGE_TOKENS));
  }

  /** Whether a token belongs to a picture of the user. */
  boolean isShown(int place) {
    return shown.keySet().stream().anyMatch(start -> place >= start && place < start + WorldModel.VISUAL_TOKENS);
  }
}
