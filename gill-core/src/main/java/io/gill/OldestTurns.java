package io.gill;

import io.gill.Conversation.Role;
import io.gill.Conversation.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.stream.IntStream;

/** Leaves out the oldest turns of a conversation as a {@link History} says. */
final class OldestTurns {
  /** Quarters of the limit that are filled when turns are left out. */
  private static final int KEPT_QUARTERS = 3;

  private final List<Turn> turns;

  /** Indices of the turns of the user and the model. */
  private final List<Integer> spoken;

  /** Indices of the turns that the rest may begin with, latest first. */
  private final List<Integer> starts = new ArrayList<>();

  private OldestTurns(Conversation conversation) {
    turns = conversation.turns();
    spoken = IntStream.range(0, turns.size()).filter(i -> turns.get(i).role() != Role.SYSTEM).boxed().toList();
    for (int i = spoken.size() - 1; i >= 0; i--) {
      boolean last = i == spoken.size() - 1;
      if (last || i == 0 || turns.get(spoken.get(i)).role() == Role.USER) {
        starts.add(spoken.get(i));
      }
    }
  }

  /**
   * Returns the turns to read.
   *
   * @param fits whether the prompt of a conversation takes at most this number of positions
   * @param room maximum number of positions of a prompt
   */
  static Conversation without(
      Conversation conversation, History history, BiPredicate<Conversation, Long> fits, long room) {
    OldestTurns oldest = new OldestTurns(conversation);
    if (oldest.starts.isEmpty() || history instanceof History.All) {
      return conversation;
    }
    if (history instanceof History.LastTurns last) {
      return oldest.kept(oldest.mostStarts(oldest.startsOfLast(last.most()), fits, room));
    }
    return oldest.fitting(fits, Math.min(room, ((History.Tokens) history).most()));
  }

  /** Returns how many of the last turns' starts there are. */
  private int startsOfLast(int most) {
    int first = spoken.get(Math.max(0, spoken.size() - most));
    return (int) starts.stream().filter(start -> start >= first).count();
  }

  /** Keeps all turns if they fit. If not, makes more room than needed, so that the next turns fit as well. */
  private Conversation fitting(BiPredicate<Conversation, Long> fits, long most) {
    int good = mostStarts(starts.size(), fits, most);
    return kept(good == starts.size() ? good : mostStarts(starts.size(), fits, most * KEPT_QUARTERS / 4));
  }

  /**
   * Tries all starts, which mostly fit. Then doubles the number of kept ones and halves the interval: no tried prompt
   * is much longer than one that fits.
   */
  private int mostStarts(int available, BiPredicate<Conversation, Long> fits, long most) {
    if (available == 1 || fits.test(kept(available), most)) {
      return available;
    }
    int good = 1; // the last turn is kept in any case
    int bad = available;
    while (bad - good > 1) {
      int tried = Math.min(2 * good, (good + bad) / 2);
      if (fits.test(kept(tried), most)) {
        good = tried;
      } else {
        bad = tried;
      }
    }
    return good;
  }

  private Conversation kept(int count) {
    int first = starts.get(count - 1);
    return new Conversation(IntStream.range(0, turns.size())
        .filter(i -> i >= first || turns.get(i).role() == Role.SYSTEM).mapToObj(turns::get).toList());
  }
}
