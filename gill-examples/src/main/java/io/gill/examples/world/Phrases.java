package io.gill.examples.world;

import io.gill.examples.world.WorldDialogue.Meant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The users' phrases other than captions. */
final class Phrases {
  private static final double CAPITAL = 0.25;
  private static final double PLEASE = 0.1;

  private Phrases() {}

  /** Varies a request like a typing user: sometimes with a capital letter, sometimes polite. */
  static String typed(String text, boolean canBePolite, Dice dice) {
    String said = canBePolite && dice.chance(PLEASE) ? "please " + text : text;
    return dice.chance(CAPITAL) ? said.substring(0, 1).toUpperCase(Locale.ROOT) + said.substring(1) : said;
  }

  static String draw(Scene scene, Dice dice) {
    String request = dice.chance(0.5)
        ? dice.pick("draw ", "paint ", "draw me ") + wording(scene, Grammar.PARAPHRASES, dice)
        : dice.pick("make a picture of ", "create an image of ", "generate ", "i would like a picture of ")
            + wording(scene, Grammar.NOUN_PHRASES, dice);
    return typed(request, true, dice);
  }

  static String find(Scene scene, Dice dice) {
    String request = dice.pick(
        "find a picture of ", "find a photo of ", "search for a picture of ", "look for an image of ",
        "show me a photo of ", "find me a photo with ");
    return typed(request + wording(scene, Grammar.NOUN_PHRASES, dice), true, dice);
  }

  private static String wording(Scene scene, int wordings, Dice dice) {
    return Grammar.paraphrase(scene, dice.chance(0.3) ? 0 : dice.below(wordings));
  }

  static String describe(Dice dice) {
    return typed(
        dice.pick(
            "describe this picture", "describe the picture", "what is in this picture?", "what do you see?",
            "what does the picture show?"),
        false, dice);
  }

  /**
   * Returns all unambiguous references to a thing.
   *
   * @param focus the meaning of "it": the last thing that was mentioned alone
   */
  static List<String> references(Scene scene, Thing thing, @Nullable Thing focus) {
    List<String> references = new ArrayList<>();
    references.add("the " + thing.colour().word() + " " + thing.shape().word());
    if (only(scene, other -> other.shape() == thing.shape())) {
      references.add("the " + thing.shape().word());
      references.add("the " + thing.shape().word());
    }
    if (only(scene, other -> other.colour() == thing.colour())) {
      references.add("the " + thing.colour().word() + " thing");
    }
    if (scene.things().size() > 1 && only(scene, other -> other.size() == thing.size())) {
      references.add("the " + thing.size().word() + " thing");
    }
    if (scene.things().size() == 1 || thing.equals(focus)) {
      references.add("it");
      references.add("it");
    }
    return references;
  }

  private static boolean only(Scene scene, Predicate<Thing> alike) {
    return scene.things().stream().filter(alike).count() == 1;
  }

  /** Samples a question and its answer about the background, the number of things or one thing. */
  static Asked ask(Scene scene, @Nullable Thing focus, Dice dice) {
    int about = dice.below(10);
    if (about == 0) {
      String question = dice.pick("what is the background?", "what colour is the background?");
      return new Asked(question, Answers.background(scene.background()), Optional.empty(), focus);
    }
    if (about == 1) {
      String question = dice.pick(
          "how many objects are there?", "how many things are there?", "how many things do you see?");
      return new Asked(question, Answers.number(scene.things().size()), Optional.empty(), focus);
    }
    if (about == 2) {
      return exists(scene, focus, dice);
    }
    Thing thing = dice.pick(scene.things());
    Optional<Meant> meant = Optional.of(new Meant(scene, Optional.of(thing)));
    List<String> references = references(scene, thing, focus);
    return switch (about) {
      case 3, 4 -> {
        String reference = without(references, thing.colour().word(), thing, dice);
        yield new Asked("what colour is " + reference + "?", Answers.colour(thing), meant, thing);
      }
      case 5, 6 -> {
        String reference = dice.pick(references);
        yield new Asked("where is " + reference + "?", Answers.place(thing), meant, thing);
      }
      case 7, 8 -> {
        String reference = without(references, thing.shape().word(), thing, dice);
        yield new Asked("what shape is " + reference + "?", Answers.shape(thing), meant, thing);
      }
      default -> {
        String reference = without(references, thing.size().word(), thing, dice);
        String question = dice.pick("how big is ", "what size is ") + reference + "?";
        yield new Asked(question, Answers.size(thing), meant, thing);
      }
    };
  }

  /** Returns a reference that does not reveal the answer; if there is none, one by position. */
  private static String without(List<String> references, String answer, Thing thing, Dice dice) {
    List<String> silent = references.stream().filter(reference -> !reference.contains(answer)).toList();
    return silent.isEmpty() ? "the thing " + thing.position().phrase() : dice.pick(silent);
  }

  private static Asked exists(Scene scene, @Nullable Thing focus, Dice dice) {
    Shape shape = dice.chance(0.5) ? dice.pick(scene.things()).shape() : dice.pick(Shape.values());
    Optional<Thing> there = scene.things().stream().filter(thing -> thing.shape() == shape).findFirst();
    String question = "is there a " + shape.word() + "?";
    return new Asked(question, Answers.yesOrNo(there.isPresent()), Optional.of(new Meant(scene, there)), focus);
  }

  /**
   * A question and its answer.
   *
   * @param meant the thing in question, if the question is about one thing
   * @param focus the meaning of "it" afterwards
   */
  record Asked(String question, String answer, Optional<Meant> meant, @Nullable Thing focus) {}
}
