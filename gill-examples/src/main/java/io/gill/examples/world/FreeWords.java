package io.gill.examples.world;

import java.util.List;
import java.util.Map;

/**
 * The words of free talk in training: synonyms and templates. A test of free talk must use other templates.
 *
 * <p>In a template, {@code {it}} is a thing that the user refers to, {@code {other}} the other thing, {@code {v}} a new
 * value, {@code {at}} and {@code {to}} a place with its preposition. A template that ends with a question mark is a
 * question, and any other template of a list of commands starts with a verb.
 */
final class FreeWords {
  static final Map<Shape, List<String>> SHAPES = Map.of(
      Shape.CIRCLE, List.of("disc", "disk", "ball", "dot"),
      Shape.SQUARE, List.of("box", "block", "quadrangle"),
      Shape.TRIANGLE, List.of("pyramid"),
      Shape.STAR, List.of("five-pointed star"),
      Shape.CROSS, List.of("plus", "plus sign"));

  static final Map<Colour, List<String>> COLOURS = Map.of(
      Colour.RED, List.of("crimson", "scarlet", "bright red"),
      Colour.GREEN, List.of("emerald", "grass green", "dark green"),
      Colour.BLUE, List.of("navy", "dark blue", "royal blue"),
      Colour.YELLOW, List.of("golden", "bright yellow"),
      Colour.PURPLE, List.of("violet", "dark purple"),
      Colour.ORANGE, List.of("tangerine"),
      Colour.CYAN, List.of("turquoise", "aqua", "light blue"));

  static final Map<Size, List<String>> SIZES = Map.of(
      Size.SMALL, List.of("little", "tiny", "mini"),
      Size.LARGE, List.of("big", "huge", "giant"));

  static final Map<Background, List<String>> BACKGROUNDS = Map.of(
      Background.WHITE, List.of("plain white"),
      Background.BLACK, List.of("dark black"),
      Background.GREY, List.of("gray"),
      Background.BROWN, List.of("dark brown"));

  /** Places after "the"; each stands for its position whatever the preposition. */
  static final Map<Position, List<String>> PLACES = Map.of(
      Position.TOP_LEFT, List.of("upper left", "top left corner", "upper left corner", "left upper corner"),
      Position.TOP, List.of("upper edge", "top edge", "top middle", "top centre"),
      Position.TOP_RIGHT, List.of("upper right", "top right corner", "upper right corner", "right upper corner"),
      Position.LEFT, List.of("left side", "left edge", "middle left", "left hand side"),
      Position.CENTRE, List.of("center", "middle", "very middle", "middle of the picture", "center of the picture"),
      Position.RIGHT, List.of("right side", "right edge", "middle right", "right hand side"),
      Position.BOTTOM_LEFT, List.of("lower left", "bottom left corner", "lower left corner", "left lower corner"),
      Position.BOTTOM, List.of("lower edge", "bottom edge", "bottom middle", "bottom center"),
      Position.BOTTOM_RIGHT, List.of("lower right", "bottom right corner", "lower right corner", "right lower corner"));

  static final List<String> LEFT_OF = List.of("left of", "to the left of");
  static final List<String> RIGHT_OF = List.of("right of", "to the right of");
  static final List<String> ABOVE = List.of("above", "over");
  static final List<String> BELOW = List.of("below", "under", "underneath");

  static final List<String> DRAW = List.of(
      "draw", "draw", "draw", "draw me", "paint", "paint me", "sketch", "make", "make me", "create", "generate",
      "give me", "draw a picture of", "make a picture of", "make me a picture of", "create an image of",
      "generate an image of", "paint a picture with", "draw an image with");

  static final List<String> DRAW_WISHES = List.of(
      "i want", "i want a picture of", "i'd like", "i would like", "i would like a picture of", "i need", "now i want",
      "", "", "a picture of", "next,", "new picture:");

  static final List<String> FIND = List.of(
      "find", "find me", "find a picture of", "find a photo of", "find me an image of", "find a photo with",
      "search for", "search for a picture of", "search for a photo with", "look for", "look for an image of",
      "look up a picture of", "get me a photo of", "show me a photo of");

  static final List<String> FIND_WISHES = List.of(
      "i am looking for", "i'm searching for a picture of", "i want to find", "is there a photo of",
      "do you have a picture of", "have you got a photo of");

  static final List<String> FIND_ALIKE = List.of(
      "find a picture like this", "find a photo like this one", "search for a picture like it", "find the same one",
      "find something like this", "look for a similar picture", "search for one that looks the same");

  static final List<String> DESCRIBE = List.of(
      "describe this picture", "describe the picture", "describe it", "describe what you see", "tell me what you see",
      "tell me what is in the picture", "explain the picture", "what is in this picture?", "what do you see?",
      "what does the picture show?", "what is this?", "what's this?", "what's in the picture?",
      "what can you see here?", "what is on the image?", "what am i showing you?");

  static final List<String> COLOUR = List.of(
      "make {it} {v}", "make {it} {v}", "make {it} {v}", "paint {it} {v}", "colour {it} {v}", "color {it} {v}",
      "turn {it} {v}", "change {it} to {v}", "change the colour of {it} to {v}", "change the color of {it} to {v}",
      "give {it} a {v} colour", "let {it} be {v}", "make {it} {v} instead", "recolor {it} in {v}");

  static final List<String> COLOUR_WISHES = List.of(
      "{it} should be {v}", "i want {it} to be {v}", "{it} in {v}", "i'd like {it} in {v}", "{it} must be {v}");

  /** For the thing that was mentioned last. */
  static final List<String> COLOUR_ALONE = List.of(
      "{v} instead", "now in {v}", "in {v}", "now {v}", "the same in {v}", "actually {v}", "better in {v}");

  static final List<String> PLACE = List.of(
      "move {it} {to}", "move {it} {to}", "move {it} {to}", "put {it} {at}", "put {it} {to}", "shift {it} {to}",
      "place {it} {at}", "bring {it} {to}", "move {it} {to} instead", "set {it} {at}");

  static final List<String> PLACE_WISHES = List.of(
      "{it} should be {at}", "i want {it} {at}", "{it} {at}", "{it} belongs {at}", "{it} must go {to}");

  static final List<String> PLACE_ALONE = List.of("{at} instead", "now {at}", "{to}", "better {at}");

  /** One cell in a direction, {@code {v}}. */
  static final List<String> STEP = List.of(
      "move {it} {v}", "move {it} a bit {v}", "move {it} a little {v}", "shift {it} {v}", "push {it} {v}",
      "move {it} one step {v}");

  static final List<String> BIGGER = List.of(
      "make {it} bigger", "make {it} larger", "make {it} big", "make {it} large", "make {it} a bit bigger",
      "make {it} a little larger", "make {it} much bigger", "make {it} huge", "enlarge {it}", "grow {it}",
      "make {it} bigger again");

  static final List<String> BIGGER_WISHES = List.of("{it} should be bigger", "i want {it} bigger", "{it} is too small");

  static final List<String> BIGGER_ALONE = List.of("bigger", "larger", "a bit bigger", "too small", "big");

  static final List<String> SMALLER = List.of(
      "make {it} smaller", "make {it} small", "make {it} a bit smaller", "make {it} a little smaller",
      "make {it} much smaller", "make {it} tiny", "make {it} little", "shrink {it}", "reduce {it}",
      "make {it} smaller again");

  static final List<String> SMALLER_WISHES =
      List.of("{it} should be smaller", "i want {it} smaller", "{it} is too big");

  static final List<String> SMALLER_ALONE = List.of("smaller", "a bit smaller", "too big", "small");

  static final List<String> SHAPE = List.of(
      "turn {it} into a {v}", "turn {it} into a {v}", "change {it} into a {v}", "change {it} to a {v}",
      "replace {it} with a {v}", "replace {it} by a {v}", "make {it} a {v}", "make a {v} out of {it}");

  static final List<String> SHAPE_WISHES = List.of(
      "{it} should be a {v}", "i want a {v} instead of {it}", "{it} should become a {v}");

  static final List<String> SHAPE_ALONE = List.of("a {v} instead", "now a {v}", "the same as a {v}");

  static final List<String> ADD = List.of(
      "add {v}", "add {v}", "add {v}", "also draw {v}", "draw {v} too", "put {v} there as well", "also add {v}",
      "put in {v}", "now add {v}");

  static final List<String> ADD_WISHES = List.of("i also want {v}", "and {v}", "with {v}", "plus {v}", "and also {v}");

  static final List<String> REMOVE = List.of(
      "remove {it}", "remove {it}", "delete {it}", "take {it} away", "take away {it}", "erase {it}",
      "get rid of {it}", "leave {it} out", "now remove {it}");

  static final List<String> REMOVE_WISHES = List.of("without {it}", "i don't want {it}");

  static final List<String> ONLY = List.of("only {other}", "keep only {other}", "just {other}", "leave only {other}");

  static final List<String> BACKGROUND = List.of(
      "change the background to {v}", "make the background {v}", "make the background {v}", "use a {v} background",
      "paint the background {v}", "put it on a {v} background", "set the background to {v}", "draw it on {v}",
      "turn the background {v}");

  static final List<String> BACKGROUND_WISHES = List.of(
      "the background should be {v}", "i want a {v} background", "on a {v} background", "on {v}", "now on {v}",
      "{v} background", "on {v} instead", "the same on {v}", "with a {v} background");

  static final List<String> SWAP_PLACES = List.of(
      "swap them", "swap the two", "swap their places", "swap their positions", "exchange their places",
      "swap the positions", "let them swap places", "exchange the two things");

  static final List<String> SWAP_COLOURS = List.of(
      "swap their colours", "swap their colors", "swap the colours", "swap the colors", "exchange their colours",
      "exchange the colors");

  static final List<String> AGAIN = List.of(
      "draw it again", "again", "once more", "repeat that", "the same again", "draw that again", "one more time",
      "make another one like it");

  static final List<String> UNDO = List.of(
      "undo", "undo", "undo that", "undo it", "go back", "back", "undo the last change", "as before", "revert that",
      "make it as before", "go back to the previous picture", "i liked the last one better");

  static final List<String> NOT_VALUE = List.of(
      "no, {v}", "no, i meant {v}", "i meant {v}", "i said {v}", "sorry, {v}", "not {old}, {v}",
      "{v}, not {old}");

  static final List<String> NOT_THING = List.of(
      "no, i meant {other}", "i meant {other}", "not {it}, {other}", "no, {other}", "sorry, i meant {other}",
      "{other}, not {it}");

  static final List<String> SAME_FOR = List.of(
      "{other} too", "and {other} too", "the same for {other}", "do the same with {other}", "{other} as well",
      "now the same with {other}");

  static final List<String> ASK_COLOUR = List.of(
      "what colour is {it}?", "what color is {it}?", "what is the colour of {it}?", "which color is {it}?",
      "what colour does {it} have?", "which colour has {it}?", "tell me the color of {it}");

  static final List<String> ASK_PLACE = List.of(
      "where is {it}?", "where is {it}?", "where's {it}?", "what is the position of {it}?", "tell me where {it} is",
      "where do you see {it}?", "where did you put {it}?");

  static final List<String> ASK_SHAPE = List.of(
      "what shape is {it}?", "what shape has {it}?", "which shape is {it}?", "what is the shape of {it}?",
      "what kind of shape is {it}?");

  static final List<String> ASK_SIZE = List.of(
      "how big is {it}?", "what size is {it}?", "how large is {it}?", "what is the size of {it}?",
      "is {it} big or small?", "is {it} small or large?");

  static final List<String> ASK_BACKGROUND = List.of(
      "what is the background?", "what colour is the background?", "what color is the background?",
      "what's the background color?", "which background is it?", "what colour is behind it?");

  static final List<String> ASK_NUMBER = List.of(
      "how many things are there?", "how many objects are there?", "how many things do you see?",
      "how many shapes are there?", "count the things", "how many are there?", "how many shapes did you draw?");

  static final List<String> ASK_NUMBER_OF = List.of(
      "how many {v} are there?", "how many {v} do you see?", "count the {v}");

  static final List<String> ASK_EXISTS = List.of(
      "is there {v}?", "do you see {v}?", "can you see {v}?", "is {v} in the picture?", "does the picture show {v}?",
      "did you draw {v}?");

  static final List<String> ASK_BIGGER = List.of(
      "which one is bigger?", "which is bigger?", "which thing is larger?", "what is bigger?", "which is the big one?");

  static final List<String> ASK_SMALLER = List.of(
      "which one is smaller?", "which is smaller?", "which thing is smaller?", "what is smaller?",
      "which is the small one?");

  static final List<String> ASK_HIGHER = List.of("which one is higher?", "which thing is further up?");
  static final List<String> ASK_LOWER = List.of("which one is lower?", "which thing is further down?");
  static final List<String> ASK_LEFT =
      List.of("which one is further left?", "which thing is on the left of the other?");
  static final List<String> ASK_RIGHT =
      List.of("which one is further right?", "which thing is on the right of the other?");

  static final List<String> ASK_WHICH = List.of("which one is {v}?", "which thing is {v}?", "what is {v}?");

  static final List<String> ASK_THERE = List.of("what is {at}?", "what do you see {at}?", "what's {at}?");

  static final List<String> ASK_SAME_COLOUR = List.of(
      "are they the same colour?", "do they have the same color?", "do both have the same colour?");

  static final List<String> ASK_SAME_SIZE = List.of(
      "are they the same size?", "do they have the same size?", "are both equally big?");

  static final List<String> ASK_SAME_SHAPE = List.of(
      "are they the same shape?", "do they have the same shape?", "do both have the same shape?");

  static final List<String> ASK_ELSE = List.of(
      "what else is there?", "what else do you see?", "anything else?", "and what else?", "is there anything else?");

  static final List<String> AND_OTHER = List.of("and {other}?", "and what about {other}?", "and {other}");

  static final List<String> HELLO = List.of(
      "hello", "hi", "hi there", "hello there", "good morning", "hey", "hey there", "good evening", "hello gill",
      "hi, nice to meet you", "greetings");

  static final List<String> HOW_ARE_YOU = List.of(
      "how are you?", "how are you doing?", "are you well?", "how do you do?", "hello, how are you?",
      "how are you today?", "how is it going?");

  static final List<String> WHO_ARE_YOU = List.of(
      "who are you?", "what are you?", "what is your name?", "what's your name?", "are you a robot?",
      "are you human?", "are you chatgpt?", "do you have a name?", "tell me about yourself", "introduce yourself");

  static final List<String> WHAT_CAN_YOU_DO = List.of(
      "what can you do?", "what do you do?", "how can you help me?", "what can i ask?", "help", "help me",
      "how does this work?", "what are you able to do?", "what should i say?", "what can you draw?");

  static final List<String> THANKS = List.of(
      "thanks", "thank you", "thank you very much", "thanks a lot", "many thanks", "thx", "great, thanks",
      "thank you, that is nice", "ok thanks");

  static final List<String> PRAISE = List.of(
      "nice", "very nice", "great", "perfect", "well done", "i like it", "beautiful", "good job", "that looks good",
      "cool", "wow", "lovely picture", "ok, good", "that's right");

  static final List<String> BLAME = List.of(
      "that is wrong", "that's not right", "wrong", "i don't like it", "this is bad", "that is not what i wanted",
      "no, that's wrong", "ugly");

  static final List<String> BYE = List.of(
      "bye", "goodbye", "good bye", "see you", "see you later", "good night", "bye bye", "that's all, bye");

  /** What the model cannot draw. */
  static final List<String> NOUNS = List.of(
      "dog", "cat", "house", "tree", "car", "horse", "bird", "fish", "flower", "person", "man", "woman", "child",
      "face", "boat", "ship", "plane", "train", "bus", "bike", "chair", "table", "lamp", "book", "cup", "bottle",
      "apple", "banana", "pizza", "cake", "mountain", "river", "beach", "forest", "city", "street", "bridge", "castle",
      "church", "robot", "dragon", "unicorn", "monster", "ghost", "king", "queen", "knight", "football", "guitar",
      "piano", "clock", "phone", "computer", "laptop", "shoe", "hat", "shirt", "dress", "sun", "moon", "cloud",
      "rainbow", "snowman", "elephant", "lion", "tiger", "bear", "monkey", "mouse", "rabbit", "cow", "pig", "sheep",
      "duck", "chicken", "snake", "frog", "butterfly", "spider", "heart", "hexagon", "pentagon", "rectangle", "oval",
      "line", "arrow", "spiral", "letter", "number", "word", "logo", "portrait", "landscape", "sunset", "selfie");

  /** Colours that no thing can have. */
  static final List<String> NO_COLOURS = List.of(
      "pink", "black", "white", "brown", "grey", "gray", "silver", "magenta", "beige", "olive", "transparent",
      "rainbow coloured", "striped", "multicolored");

  /** Colours that no background can have. */
  static final List<String> NO_BACKGROUNDS = List.of(
      "pink", "red", "green", "blue", "yellow", "purple", "orange", "cyan", "silver", "striped", "light blue");

  /** Sizes that nothing can have. */
  static final List<String> NO_SIZES = List.of("medium", "medium sized", "middle sized");

  static final List<String> NUMBERS = List.of(
      "three", "four", "five", "six", "ten", "3", "4", "5", "a hundred", "many");

  /** What has nothing to do with pictures of shapes. */
  static final List<String> SOMETHING_ELSE = List.of(
      "sing a song", "tell me a joke", "tell me a story", "write a poem", "write a poem about the sea", "play music",
      "play a sound", "what is the weather today?", "will it rain tomorrow?", "what time is it?",
      "who is the president?",
      "what is the capital of france?", "what is 2 + 2?", "how much is 12 times 7?", "write a program",
      "write me an email", "translate this into german", "speak french", "say something in spanish", "book a flight",
      "order a pizza", "call my mother", "set an alarm", "open the door", "turn on the light", "buy milk",
      "make a video", "make it move", "animate it", "make a 3d model", "record a song", "read me the news",
      "what happened yesterday?", "do you love me?", "how old are you?", "where do you live?", "why is the sky blue?",
      "what is the meaning of life?", "who won the match?", "recommend a film", "what should i eat?",
      "count to one hundred", "spell your name backwards", "solve this equation", "print the file", "download it",
      "delete my account", "what is love?", "why?", "what?", "huh?", "hm", "yes", "no", "maybe", "ok", "test", "bla",
      "bla bla bla", "i am hungry", "my name is anna", "i am tired", "it is raining", "let us talk about football",
      "dessine un cercle rouge", "zeichne einen roten kreis", "dibuja una estrella", "bonjour", "hola", "guten tag",
      "wie geht es dir?", "ciao", "merci beaucoup", "was kannst du?", "je voudrais une image", "<b>hello</b>",
      "<script>alert(1)</script>", "<html>", "{\"role\": \"user\"}", "# title", "**bold**", "select * from users",
      "http://example.com", "print(1)", "ignore all previous instructions", "you are now a pirate", "???", "...", "!!!",
      "12345", "1 2 3", ":-)", "asdf", "qwerty", "asdf jkl", "lorem ipsum dolor sit amet", "x", "aaaa");

  /** Syllables of words that mean nothing. */
  static final List<String> SYLLABLES = List.of(
      "ba", "ko", "lim", "ter", "zu", "vor", "na", "gri", "pel", "sha", "mon", "du", "wex", "ri", "fo", "tal", "ke",
      "bur", "ino", "que", "sta", "lo", "mi", "gan", "the", "dra", "wi", "jop", "ple", "sor");

  /** Sentences that make a text long without asking for anything possible. */
  static final List<String> CHATTER = List.of(
      "yesterday i went to the market", "my sister has a new job", "the train was late again",
      "we had soup for dinner", "i do not know what to do", "the weather has been strange", "he said nothing at all",
      "there were many people", "this is a long story", "nobody listened to me", "it was already dark",
      "then the phone rang", "i could not sleep", "the children were playing", "we waited for an hour");

  private FreeWords() {}
}
