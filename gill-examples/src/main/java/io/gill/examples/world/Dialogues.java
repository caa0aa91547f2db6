package io.gill.examples.world;

import io.gill.examples.world.HeldOut.Split;
import io.gill.examples.world.WorldDialogue.Kind;
import io.gill.examples.world.WorldDialogue.Meant;
import io.gill.examples.world.WorldDialogue.Shown;
import io.gill.examples.world.WorldDialogue.Turn;
import io.gill.examples.world.WorldDialogue.UserPart;
import io.gill.examples.world.WorldDialogue.Words;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Samples dialogues. Those for training never name or show a held-out thing. In all others, the scene of the last turn
 * has such a thing. The same arguments always give the same dialogue.
 */
public final class Dialogues {
  /** Maximum number of turns in a dialogue. */
  public static final int MAX_TURNS = 6;

  /** Maximum number of {@link #differentQuestions}. */
  public static final int MAX_QUESTIONS = 10;

  /** The number of the user's turns that a session of the bundled model reads, each with its answer but the last. */
  public static final int WINDOW = 5;

  /** Maximum number of pictures in a reply. */
  public static final int MAX_PICTURES = 3;

  /** Maximum number of turns in free talk. */
  public static final int MAX_FREE_TURNS = 20;

  private static final double PICTURE_AFTER_WORDS = 0.2;
  private static final int QUESTIONS = 4;

  /** The kinds that begin a new scene. */
  private static final List<Kind> BEGINNINGS =
      List.of(Kind.DRAW, Kind.EDIT, Kind.QUESTION, Kind.DESCRIBE, Kind.FIND);

  private static final double TWO_THINGS = 0.8;

  /** In one of {@value} dialogues, the picture changes before the follow-up, so that the user can undo a change. */
  private static final int CHANGED = 3;

  private Dialogues() {}

  /**
   * Samples a dialogue of 1 to {@value #MAX_TURNS} turns of all kinds; short dialogues are more frequent.
   *
   * @param split the scenes it may be about
   * @param seed any number
   * @return the dialogue
   */
  public static WorldDialogue sample(Split split, long seed) {
    return draw(split, seed, talk -> mixed(
        talk, Math.min(1 + talk.dice.below(MAX_TURNS), 1 + talk.dice.below(MAX_TURNS))));
  }

  /**
   * Samples a dialogue of 1 to {@value #MAX_TURNS} turns of all kinds; all lengths are equally likely.
   *
   * @param split the scenes it may be about
   * @param seed any number
   * @return the dialogue
   */
  public static WorldDialogue ofAnyLength(Split split, long seed) {
    return draw(split, seed, talk -> mixed(talk, 1 + talk.dice.below(MAX_TURNS)));
  }

  /**
   * Samples {@value #QUESTIONS} questions about a picture that usually shows two things.
   *
   * @param split the scenes it may be about
   * @param seed any number
   * @return the dialogue
   */
  public static WorldDialogue questions(Split split, long seed) {
    return draw(split, seed, talk -> {
      talk.begin(Kind.QUESTION, talk.dice.chance(TWO_THINGS) ? 2 : 1);
      for (int i = 1; i < QUESTIONS; i++) {
        talk.question(List.of());
      }
    });
  }

  /**
   * Samples different questions about a picture of two things.
   *
   * @param split the scenes it may be about
   * @param seed any number
   * @param count number of questions, from 1 to {@value #MAX_QUESTIONS}
   * @return the dialogue
   */
  public static WorldDialogue differentQuestions(Split split, long seed, int count) {
    if (count < 1 || count > MAX_QUESTIONS) {
      throw new IllegalArgumentException("count must be between 1 and " + MAX_QUESTIONS + ": " + count);
    }
    return draw(split, seed, talk -> {
      talk.begin(Kind.QUESTION, 2);
      while (talk.turns.size() < count) {
        talk.question(List.of());
        Turn last = talk.turns.remove(talk.turns.size() - 1);
        if (talk.turns.stream().noneMatch(turn -> turn.user().contains(last.user().get(0)))) {
          talk.turns.add(last);
        }
      }
    });
  }

  /**
   * Samples a dialogue of one turn.
   *
   * @param kind what the user wants from a picture; questions, descriptions and edits come with one from the user
   * @param split the scenes it may be about
   * @param seed any number
   * @return the dialogue
   */
  public static WorldDialogue single(Kind kind, Split split, long seed) {
    return draw(split, seed, talk -> talk.begin(kind));
  }

  /**
   * Samples a request for a picture and a number of changes to it. Only all turns together determine the last
   * picture.
   *
   * @param split the scenes it may be about
   * @param seed any number
   * @param edits number of changes, from 1 to {@value #MAX_TURNS} - 1
   * @return a dialogue of {@code edits} + 1 turns, each with a picture
   */
  public static WorldDialogue edits(Split split, long seed, int edits) {
    if (edits < 1 || edits >= MAX_TURNS) {
      throw new IllegalArgumentException("edits must be between 1 and " + (MAX_TURNS - 1) + ": " + edits);
    }
    return draw(split, seed, talk -> {
      talk.begin(Kind.DRAW);
      for (int i = 0; i < edits; i++) {
        talk.edit();
      }
    });
  }

  /**
   * Samples a request for a picture, with a change to it in every further turn.
   *
   * @param split the scenes it may be about
   * @param seed any number
   * @param turns number of turns, from 1 to {@value #MAX_TURNS}
   * @return the dialogue, each turn with a picture
   */
  public static WorldDialogue drawing(Split split, long seed, int turns) {
    return turns == 1 ? single(Kind.DRAW, split, seed) : edits(split, seed, turns - 1);
  }

  /**
   * Samples free talk of 1 to {@value #MAX_FREE_TURNS} turns, in many words: with synonyms, typing errors, small talk,
   * pictures of the user at any turn, and impossible requests. Short dialogues are more frequent.
   *
   * @param split the scenes it may be about
   * @param seed any number
   * @return the dialogue
   */
  public static WorldDialogue freeTalk(Split split, long seed) {
    return freely(split, seed).dialogue();
  }

  /**
   * Samples a single turn of free talk.
   *
   * @param kind what the user wants; questions, descriptions and edits come with a picture from the user
   * @param split the scenes it may be about; small talk and refusals are about none
   * @param seed any number
   * @return the dialogue
   */
  public static WorldDialogue freeTalk(Kind kind, Split split, long seed) {
    boolean aboutNone = kind == Kind.GREETING || kind == Kind.REFUSAL;
    return freely(split, seed, talk -> talk.turn(kind), talk -> aboutNone || talk.belongs()).dialogue();
  }

  /**
   * Samples free talk of two turns, or three: the model draws a picture, sometimes changes it, then the user speaks of
   * it.
   *
   * @param kind what the user wants of the picture: a change, a description or the answer to a question
   * @param split the scenes it may be about
   * @param seed any number
   * @return the dialogue
   * @throws IllegalArgumentException if the kind is another one
   */
  public static WorldDialogue freeFollowUp(Kind kind, Split split, long seed) {
    return freely(split, seed, talk -> {
      talk.turn(Kind.DRAW);
      if (seed % CHANGED == 0) {
        talk.follow(Kind.EDIT);
      }
      talk.follow(kind);
    }, TrainingTalk::belongs).dialogue();
  }

  /**
   * The last turns of free talk, at most {@value #WINDOW}, as a session shows them to the model.
   *
   * @param dialogue the turns
   * @param answerable which of the turns have an answer that follows from these turns alone
   */
  public record Window(WorldDialogue dialogue, List<Boolean> answerable) {
    /**
     * Copies the list.
     *
     * @param dialogue the turns
     * @param answerable for each turn, whether its answer follows
     */
    public Window {
      answerable = List.copyOf(answerable);
    }

    /**
     * Takes all turns of a dialogue, which are answerable.
     *
     * @param dialogue the turns
     * @return the window
     */
    public static Window whole(WorldDialogue dialogue) {
      return new Window(dialogue, Collections.nCopies(dialogue.turns().size(), true));
    }
  }

  /**
   * Samples the end of free talk.
   *
   * @param split the scenes it may be about
   * @param seed any number
   * @return the last turns that a session of the bundled model reads
   */
  public static Window endOfFreeTalk(Split split, long seed) {
    return freely(split, seed).window();
  }

  /**
   * Samples a picture of two things, which are often alike, and questions that compare them.
   *
   * @param split the scenes it may be about
   * @param seed any number
   * @return the dialogue, as long as a session reads
   */
  public static WorldDialogue comparisons(Split split, long seed) {
    return freely(split, seed, TrainingTalk::compare, TrainingTalk::belongs).dialogue();
  }

  /**
   * Samples a picture that shows none of the world's scenes, half of the time after some turns of free talk.
   *
   * @param split the scenes that the turns may be about
   * @param seed any number
   * @return the end of the dialogue, as long as a session reads
   */
  public static Window somethingElse(Split split, long seed) {
    return freely(split, seed, talk -> {
      if (seed % 2 == 0) {
        talk.turns(WINDOW - 1);
      }
      talk.showSomethingElse();
    }, talk -> true).window();
  }

  private static TrainingTalk freely(Split split, long seed) {
    return freely(split, seed, talk -> talk.turns(MAX_FREE_TURNS), talk -> split == Split.TRAIN || talk.belongs());
  }

  /** Samples free talk until it fits. */
  private static TrainingTalk freely(
      Split split, long seed, Consumer<TrainingTalk> turns, Predicate<TrainingTalk> fits) {
    Dice dice = new Dice(seed);
    while (true) {
      TrainingTalk talk = new TrainingTalk(split, dice);
      turns.accept(talk);
      if (fits.test(talk)) {
        return talk;
      }
    }
  }

  /** Samples dialogues until the last scene belongs to the split. */
  private static WorldDialogue draw(Split split, long seed, Consumer<Talk> turns) {
    Dice dice = new Dice(seed);
    while (true) {
      Talk talk = new Talk(split, dice);
      turns.accept(talk);
      if (talk.isDone()) {
        return talk.dialogue();
      }
    }
  }

  private static void mixed(Talk talk, int turns) {
    Dice dice = talk.dice;
    talk.begin(dice.pick(
        Kind.DRAW, Kind.DRAW, Kind.DRAW, Kind.FIND, Kind.FIND, Kind.EDIT, Kind.QUESTION, Kind.QUESTION, Kind.DESCRIBE));
    for (int i = 1; i < turns; i++) {
      switch (dice.below(12)) {
        case 0 -> talk.begin(dice.pick(BEGINNINGS));
        case 1, 2 -> talk.question(List.of());
        case 3 -> talk.describe(List.of());
        default -> talk.edit();
      }
    }
  }

  /** A dialogue under construction. */
  private static final class Talk {
    private final Split split;
    private final Dice dice;
    private final List<Turn> turns = new ArrayList<>();
    private @Nullable Scene scene;
    private @Nullable Thing focus;

    Talk(Split split, Dice dice) {
      this.split = split;
      this.dice = dice;
    }

    /** Starts a new scene. */
    void begin(Kind kind) {
      begin(kind, 1 + dice.below(Scene.MAX_THINGS));
    }

    void begin(Kind kind, int things) {
      scene = SceneSampler.sample(split, things, dice);
      focus = scene.things().size() == 1 ? scene.things().get(0) : null;
      switch (kind) {
        case DRAW -> pictured(Kind.DRAW, List.of(new Words(Phrases.draw(scene, dice))), null, scene);
        case FIND -> pictured(Kind.FIND, List.of(new Words(Phrases.find(scene, dice))), null, scene);
        case QUESTION -> question(List.of(new Shown(scene)));
        case DESCRIBE -> describe(List.of(new Shown(scene)));
        case EDIT -> edit(List.of(new Shown(scene)));
        case GREETING, REFUSAL -> throw new IllegalArgumentException(kind + " is not about a picture");
      }
    }

    void edit() {
      edit(List.of());
    }

    private void edit(List<UserPart> shown) {
      Edit edit = Edit.of(current(), focus, dice);
      while (split == Split.TRAIN && HeldOut.contains(edit.result())) {
        edit = Edit.of(current(), focus, dice);
      }
      focus = edit.focus();
      pictured(Kind.EDIT, with(shown, Phrases.typed(edit.request(), true, dice)), edit.thing(), edit.result());
    }

    void question(List<UserPart> shown) {
      Phrases.Asked asked = Phrases.ask(current(), focus, dice);
      focus = asked.focus();
      String question = Phrases.typed(asked.question(), false, dice);
      turns.add(new Turn(
          Kind.QUESTION, with(shown, question), asked.meant(), asked.answer(), Optional.empty(),
          Optional.of(current())));
    }

    void describe(List<UserPart> shown) {
      String answer = Answers.seen(current());
      turns.add(new Turn(
          Kind.DESCRIBE, with(shown, Phrases.describe(dice)), Optional.empty(), answer, Optional.empty(),
          Optional.of(current())));
    }

    private void pictured(Kind kind, List<UserPart> user, @Nullable Thing changed, Scene shown) {
      Optional<Meant> meant = meant(changed);
      scene = shown;
      String answer = kind == Kind.FIND ? Answers.found(shown) : Answers.drawn(shown);
      turns.add(new Turn(kind, user, meant, answer, Optional.of(shown), Optional.of(shown)));
    }

    private Optional<Meant> meant(@Nullable Thing thing) {
      return Optional.ofNullable(thing).map(one -> new Meant(current(), Optional.of(one)));
    }

    private List<UserPart> with(List<UserPart> shown, String words) {
      List<UserPart> parts = new ArrayList<>(shown);
      boolean before = words.endsWith("?") && dice.chance(PICTURE_AFTER_WORDS);
      parts.add(before ? 0 : parts.size(), new Words(words));
      return parts;
    }

    private Scene current() {
      if (scene == null) {
        throw new IllegalStateException("the dialogue has no scene yet");
      }
      return scene;
    }

    boolean isDone() {
      return HeldOut.belongs(split, current());
    }

    WorldDialogue dialogue() {
      return new WorldDialogue(turns);
    }
  }
}
