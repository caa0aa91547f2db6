package io.gill.examples.world;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The words of the generated dialogues of the free-talk test set. No template is one of training's, and none of the
 * synonyms occurs in training.
 *
 * <p>In a template, {@code {it}} is a thing that the user refers to, {@code {other}} the other thing, {@code {v}} a new
 * value or thing, {@code {at}} and {@code {to}} a place with its preposition, {@code {scene}} a scene, {@code {bg}} a
 * background and {@code {things}} the things on it.
 */
final class TestWords {
  // Synonyms and additions. Each is as clear as the world's word in it, or as the words around it.

  /** What may follow the name of a place: "in the top left area". */
  static final List<String> PLACES = List.of("part", "area", "zone", "region");

  /** What may come before a size. */
  static final List<String> SIZES = List.of("rather", "fairly");

  /** What may follow the name of a shape. */
  static final List<String> SHAPES = List.of("figure", "symbol");

  /** What may come before a colour. */
  static final List<String> COLOURS = List.of("solid", "pure");

  static final List<String> VERBS = List.of(
      "slide", "drag", "relocate", "tint", "dye", "nudge", "transform", "display", "hunt", "dig", "summarise", "trade");

  static final List<String> NOUNS = List.of(
      "giraffe", "kangaroo", "tractor", "lighthouse", "dinosaur", "violin", "helicopter", "windmill", "penguin",
      "octopus", "skyscraper", "volcano", "mermaid", "wolf", "donkey", "sofa", "trumpet", "parrot", "submarine",
      "teapot");

  static final List<String> NO_COLOURS = List.of("khaki", "ivory", "copper", "chequered", "spotted");

  static final List<String> NO_BACKGROUNDS = List.of("khaki", "ivory", "tartan", "chequered", "spotted", "flowery");

  static final List<String> NUMBERS = List.of("seven", "eight", "nine", "twelve", "twenty", "50", "a thousand", "300");

  // Wordings of scenes.

  static final List<String> FRAMES = List.of(
      "{things}, all of it on {bg}", "{things}; background: {bg}", "{things} with {bg} behind",
      "{things} and nothing but {bg} behind", "{things}, and the rest {bg}");

  static final List<String> BETWEEN = List.of(" plus ", " together with ", "; ", ", and then ");

  static final List<String> THINGS = List.of(
      "one {size} {colour} {shape} {at}", "{at} one {size} {colour} {shape}", "one {colour} {shape}, {size}, {at}",
      "one {colour} {shape} of {size} size {at}");

  // Requests for a picture.

  static final List<String> DRAW = List.of(
      "show {scene}", "can i see {scene}?", "could i get a drawing of {scene}?", "let me see {scene}",
      "how about {scene}?", "it would be nice to see {scene}", "{scene} - can you draw that?",
      "for the next picture: {scene}", "display {scene}", "may i have {scene}?");

  static final List<String> FIND = List.of(
      "is there a picture in your collection with {scene}?", "hunt for a photo of {scene}",
      "i wonder if there is a photo of {scene}", "try to find {scene}", "dig up a photo with {scene}",
      "which photo has {scene}? find it");

  // Changes.

  static final List<String> COLOUR = List.of(
      "tint {it} {v}", "dye {it} {v}", "could {it} become {v}?", "{it} would look better in {v}", "use {v} for {it}",
      "have {it} painted {v}", "i prefer {it} in {v}");

  static final List<String> PLACE = List.of(
      "slide {it} {to}", "drag {it} {to}", "relocate {it} {to}", "could {it} go {to}?", "have {it} {at}",
      "{it} would look better {at}", "i prefer {it} {at}");

  static final List<String> STEP = List.of("nudge {it} {v} by one field", "let {it} go {v} by one place");

  static final List<String> BIGGER = List.of(
      "could {it} be larger?", "change {it} to a larger size", "{it} needs to be larger", "let {it} become bigger",
      "i prefer {it} large");

  static final List<String> SMALLER = List.of(
      "could {it} be smaller?", "change {it} to a smaller size", "{it} needs to be smaller", "let {it} become smaller",
      "i prefer {it} small");

  static final List<String> SHAPE = List.of(
      "let {it} become a {v}", "could {it} be a {v}?", "have a {v} where {it} is", "transform {it} into a {v}",
      "a {v} in place of {it} would be nicer");

  static final List<String> ADD = List.of(
      "there should also be {v}", "could we have {v} in there as well?", "complete it with {v}",
      "the picture still needs {v}", "the next thing to add: {v}");

  static final List<String> REMOVE = List.of(
      "{it} has to go", "take {it} out of the picture", "could you leave {it} away?", "i can do without {it}",
      "the same picture but without {it}");

  static final List<String> BACKGROUND = List.of(
      "could the background become {v}?", "let everything stand on {v}", "try a {v} background",
      "i prefer a {v} background", "have {v} behind everything");

  static final List<String> SWAP_PLACES = List.of(
      "could they trade places?", "each one goes where the other one is", "swap the two things around");

  static final List<String> SWAP_COLOURS = List.of(
      "could they trade colours?", "give each one the colour of the other", "swap the colours of the two around");

  static final List<String> UNDO = List.of(
      "take that back", "return to the picture before", "no, go back to how it was before", "undo that change",
      "that was not better, back please");

  static final List<String> NOT_VALUE = List.of("hmm, rather {v}", "wait, make that {v}", "or no, better make it {v}");

  static final List<String> NOT_THING = List.of(
      "wait, not that one, {other}!", "oh, that should have been {other} and not {it}");

  // Questions.

  static final List<String> ASK_COLOUR = List.of(
      "do you know the colour of {it}?", "in which colour is {it} painted?", "name the colour of {it}",
      "and the colour of {it}?");

  static final List<String> ASK_PLACE = List.of(
      "in which place is {it}?", "name the place of {it}", "where can i find {it}?", "do you know where {it} is?");

  static final List<String> ASK_SHAPE = List.of(
      "name the shape of {it}", "tell me which shape {it} has", "do you know the shape of {it}?");

  static final List<String> ASK_SIZE = List.of(
      "name the size of {it}", "tell me how big {it} is", "do you know the size of {it}?");

  static final List<String> ASK_BACKGROUND = List.of(
      "name the colour of the background", "which colour did you give the background?",
      "do you know the colour of the background?");

  static final List<String> ASK_NUMBER = List.of(
      "what is the number of things?", "tell me how many things it has", "how many things did that make?");

  static final List<String> ASK_NUMBER_OF = List.of(
      "what is the number of {v}?", "tell me how many {v} it has", "and how many of them are {v}?");

  static final List<String> ASK_EXISTS = List.of(
      "does it have a {v} in it?", "could you check if there is a {v}?", "there is a {v} in it, isn't there?");

  static final List<String> ASK_IS = List.of(
      "is it true that {it} is {v}?", "would you say that {it} is {v}?", "{it} is {v}, true?");

  static final List<String> ASK_BIGGER = List.of("tell me which one is bigger", "name the larger of the two");

  static final List<String> ASK_SMALLER = List.of("tell me which one is smaller", "name the smaller of the two");

  static final List<String> ASK_SAME_COLOUR = List.of(
      "is their colour the same?", "would you say that both have the same colour?");

  static final List<String> ASK_SAME_SIZE = List.of(
      "is their size the same?", "would you say that both have the same size?");

  static final List<String> ASK_SAME_SHAPE = List.of(
      "is their shape the same?", "would you say that both have the same shape?");

  static final List<String> ASK_THERE = List.of("tell me which thing is {at}", "name the thing {at}");

  static final List<String> ASK_ELSE = List.of(
      "apart from {it}, what else is there?", "what else is there next to {it}?");

  static final List<String> DESCRIBE = List.of(
      "put the picture into words", "give me a description of it", "summarise the picture",
      "how would you describe the picture?", "list what you see in it");

  // Small talk.

  static final List<String> HELLO = List.of(
      "hello again", "hello you", "good afternoon", "hi gill, here i am", "hey, good to see you");

  static final List<String> ABOUT = List.of(
      "everything fine with you?", "how do you feel today?", "may i ask who you are?", "what should i call you?",
      "are you a person or a robot?", "what are you good at?", "explain what you can do", "what can i ask you for?",
      "which things can you draw?");

  static final List<String> THANKS = List.of(
      "thanks so much", "thank you for that", "that helps, thanks", "i love it", "that is just right",
      "looks good to me", "this is really nice", "yes, very good");

  static final List<String> BYE = List.of(
      "have a nice day, bye", "that was all, goodbye", "i have to go, bye", "see you next time");

  // The impossible.

  static final List<String> SOMETHING_ELSE = List.of(
      "hum a tune", "what did you dream?", "bake some bread", "how tall is mount everest?", "do my homework",
      "explain black holes to me", "parlez-vous anglais ?", "quanto costa?", "mal mir bitte einen hund",
      "<div class=\"a\">text</div>", "</body>", "((((", "lkjhgf", ";;;;", "wake me up at seven",
      "what is the square root of 16?", "write a letter to my boss", "sing me something", "make a photo of my garden",
      "who wrote hamlet?", "is it going to snow?", "i lost my keys", "show a film", "turn it into a film with sound");

  static final List<String> CHATTER = List.of(
      "last week we went to the lake", "my brother forgot the keys", "the boat was full", "it rained all afternoon",
      "we ate some bread and cheese", "nobody knew the way", "the dog ran after the boat", "in the end we were tired",
      "my uncle told the same tale twice", "the road was closed");

  private TestWords() {}

  /** Returns all templates and sentences of requests. */
  static List<String> templates() {
    List<String> all = new ArrayList<>();
    Stream.of(
        DRAW, FIND, COLOUR, PLACE, STEP, BIGGER, SMALLER, SHAPE, ADD, REMOVE, BACKGROUND, SWAP_PLACES, SWAP_COLOURS,
        UNDO, NOT_VALUE, NOT_THING, ASK_COLOUR, ASK_PLACE, ASK_SHAPE, ASK_SIZE, ASK_BACKGROUND, ASK_NUMBER,
        ASK_NUMBER_OF, ASK_EXISTS, ASK_IS, ASK_BIGGER, ASK_SMALLER, ASK_SAME_COLOUR, ASK_SAME_SIZE, ASK_SAME_SHAPE,
        ASK_THERE, ASK_ELSE, DESCRIBE, HELLO, ABOUT, THANKS, BYE, SOMETHING_ELSE, CHATTER).forEach(all::addAll);
    return all;
  }

  /** Returns all words that training does not have. */
  static List<String> synonyms() {
    return Stream.of(PLACES, SIZES, SHAPES, COLOURS, VERBS, NOUNS, NO_COLOURS, NO_BACKGROUNDS)
        .flatMap(List::stream).toList();
  }
}
