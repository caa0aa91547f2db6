package io.gill.examples.world;

import java.util.List;
import java.util.Map;

/**
 * The words of free talk in training: synonyms and templates. A test of free talk must use other templates.
 *
 * <p>In a template, {@code {it}} is a thing that the user refers to, {@code {other}} the other thing, {@code {v}} a new
 * value, {@code {at}} and {@code {to}} a place with its preposition, and {@code {x}} a word that nobody knows; what is
 * meant follows from the rest. A template that ends with a question mark is a question. Any other template of a list of
 * commands starts with a verb.
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

  static final List<String> LEFT_OF = List.of("left of", "to the left of", "on the left of", "on the left side of");
  static final List<String> RIGHT_OF = List.of(
      "right of", "to the right of", "on the right of", "on the right side of");
  static final List<String> ABOVE = List.of("above", "over");
  static final List<String> BELOW = List.of("below", "under", "underneath");

  /** Words before a thing's size or colour that change nothing. */
  static final List<String> FILLERS = List.of(
      "nice", "lovely", "simple", "pretty", "beautiful", "plain", "very", "quite", "really", "neat", "single", "clean",
      "good", "cute", "regular", "perfect", "proper", "flat", "smooth");

  /** Words after a shape that change nothing. */
  static final List<String> SHAPE_ENDS = List.of("shape", "thing", "sign", "form", "object", "element");

  /** Words after a place that change nothing. */
  static final List<String> PLACE_ENDS = List.of(
      "side", "spot", "end", "place", "position", "field", "section", "of the image");

  /** Before a thing, in place of "a". */
  static final List<String> ARTICLES = List.of(
      "one", "one", "one", "one", "just one", "a single", "some", "exactly one", "1", "only one");

  /** Between a thing and its place. */
  static final List<String> PLACED = List.of(
      "placed", "located", "standing", "sitting", "which is", "that is", "that stands", "positioned", "exactly", "set");

  /** A thing, {@code {v}}, with its size and colour. */
  static final List<String> DETAILED = List.of(
      "{v} that is {size} and {colour}", "{v} which is {colour} and {size}", "{v}, {colour} and {size}",
      "{v}, {size} and {colour}", "{v}, {size}, {colour}", "{size} {v} in {colour}", "{v} in {colour}, {size}",
      "{colour} {v}, a {size} one", "{colour} {v} which is {size}", "{colour} {v}, {size} in size",
      "{colour} and {size} {v}", "{size} and {colour} {v}", "{size}, {colour} {v}", "{colour}, {size} {v}",
      "{colour} {v} ({size})", "{v} ({size}, {colour})", "{size} {v} painted {colour}", "{size} {v} that is {colour}",
      "{size}-sized {colour} {v}", "{size} {v}, {colour}", "{v} with {size} size and {colour} colour",
      "{colour} {v} drawn {size}", "{size} {v} with the colour {colour}");

  /** Between two things. */
  static final List<String> JOINTS = List.of(
      " and ", " and also ", " as well as ", ", and ", " & ", " + ", " along with ", ", then ", " followed by ",
      ", also ", " with ", " accompanied by ", ", next ", ". also ", ". and ", " and another thing: ",
      ", and one more thing: ", ", furthermore ", " and finally ", ", besides ", " / ");

  /** Things, {@code {v}}, on a background. */
  static final List<String> ON = List.of(
      "{v} against {bg}", "{v} against a {bg} background", "{v} in front of {bg}",
      "{v} in front of a {bg} background", "{v}, everything on {bg}", "{v}, the background {bg}",
      "{v}, the background is {bg}", "{v}, and the background should be {bg}", "{v}, {bg} as background",
      "{v} and {bg} as the background", "{v} ({bg} background)", "{v} over {bg}", "{v} before {bg}",
      "{v}. background {bg}", "{v}, background in {bg}", "{v} on a {bg} ground", "{v} on a {bg} canvas",
      "{v} on {bg} paper", "{v}, otherwise {bg}", "{v}, everything else {bg}", "{v}, {bg} everywhere else",
      "{v} with {bg} around", "{v}, and paint the background {bg}", "{v}, use a {bg} background",
      "{v} - {bg} background", "{v}, both background and edges {bg}", "{v}, the ground being {bg}",
      "{v} where the background is {bg}", "a {bg} picture with {v}", "a {bg} background with {v}", "on {bg}: {v}",
      "{v}, {x} {bg}", "{v} {x} {bg}", "{v}, {x} {x} {bg}", "{v} {x} {x} {bg}", "{v}, {bg} {x}", "{v}, {x} {bg} {x}");

  static final List<String> DRAW = List.of(
      "draw", "draw", "draw", "draw me", "paint", "paint me", "sketch", "make", "make me", "create", "generate",
      "give me", "draw a picture of", "make a picture of", "make me a picture of", "create an image of",
      "generate an image of", "paint a picture with", "draw an image with", "show me", "show me a picture of", "render",
      "produce", "design", "compose", "illustrate", "prepare", "do me", "do", "come up with", "put together",
      "begin with", "begin with a picture of", "try", "imagine", "do a drawing of", "draw us", "make an image of",
      "make a drawing with", "paint a nice picture of", "draw a new picture with", "go ahead and draw", "help me draw",
      "let us draw", "let's draw", "give me a picture with", "show me how you draw", "show us", "print");

  static final List<String> DRAW_WISHES = List.of(
      "i want", "i want a picture of", "i'd like", "i would like", "i would like a picture of", "i need", "now i want",
      "", "", "a picture of", "next,", "new picture:", "can i have", "can i get", "i'd love to see", "i would love",
      "i want to see", "we need", "this time", "what about", "would you draw", "will you paint",
      "would you mind drawing", "i am thinking of", "i wish for", "here is what i want:", "my wish:", "image:",
      "drawing of", "an image of", "a drawing with", "one picture with", "new drawing:", "next picture:", "now for",
      "i could use", "i would be happy with", "all i want is", "let there be", "may i ask for", "it is time for",
      "hello, please draw", "hi, i want", "picture of", "now");

  /** After the scene. */
  static final List<String> DRAW_AFTER = List.of(
      ": draw it", ", draw this", ". can you do it?", ", that is what i want", " is what i need", " would be great",
      ", please make it", " would be nice", ", could you?", ", can you make this?", " please, as a picture",
      " as a drawing", " - paint this for me", ": make me this picture");

  /** Politeness after any request. */
  static final List<String> TAILS = List.of(
      ", please", ", will you", ", if you would", ", if possible", ", if you like", ", if you don't mind",
      ", if that works", ", if it is not too much", ", ok", ", thanks", ", thank you", " for me", ", when you can",
      ", whenever you are ready", ", be so kind", ", would you", ", my friend", ", gill", ", if you are able to",
      ", if you please", ", if you may", ", i beg you", ", go on");

  static final List<String> FIND = List.of(
      "find", "find me", "find a picture of", "find a photo of", "find me an image of", "find a photo with",
      "search for", "search for a picture of", "search for a photo with", "look for", "look for an image of",
      "look up a picture of", "get me a photo of", "show me a photo of", "fetch me a picture of", "fetch a photo with",
      "locate a picture of", "pick a photo with", "pick out a picture with", "choose a photo of", "retrieve",
      "retrieve an image of", "look through your pictures for", "search your photos for", "search in your pictures for",
      "go and find", "go find me a photo of", "look out for", "browse for", "query for", "get a photo of",
      "bring me a photo of", "give me a photo of", "show me an existing photo of", "find one with",
      "find any image with", "see if you can find");

  static final List<String> FIND_WISHES = List.of(
      "i am looking for", "i'm searching for a picture of", "i want to find", "is there a photo of",
      "do you have a picture of", "have you got a photo of", "can you find", "have you a photo of", "got a picture of",
      "got any photo with", "any photo of", "i would like to find", "i need to find", "i am trying to find",
      "are there photos of", "is there an image of", "do you know a photo of", "do your photos show", "a photo of",
      "photo with", "i need a photo of", "i want a photo with", "where is the photo with");

  static final List<String> FIND_ALIKE = List.of(
      "find a picture like this", "find a photo like this one", "search for a picture like it", "find the same one",
      "find something like this", "look for a similar picture", "search for one that looks the same",
      "find another one like this", "find me the same", "search for the same picture", "get me a photo like it",
      "look for a photo of the same", "find one that looks like this", "is there a photo like this one?");

  static final List<String> DESCRIBE = List.of(
      "describe this picture", "describe the picture", "describe it", "describe what you see", "tell me what you see",
      "tell me what is in the picture", "explain the picture", "what is in this picture?", "what do you see?",
      "what does the picture show?", "what is this?", "what's this?", "what's in the picture?",
      "what can you see here?", "what is on the image?", "what am i showing you?", "say what you see",
      "say what is there", "what have you drawn?", "what did you draw?", "can you describe it?", "how does it look?",
      "how does the picture look?", "what do we have here?", "what is shown here?", "what is in it?",
      "what is shown in the picture?", "what does it look like?", "tell me about the picture", "talk about the picture",
      "write down what you see", "caption this", "write a caption", "give it a caption", "describe everything",
      "describe the scene", "describe all things", "describe your picture", "please describe", "read the picture to me",
      "in words, please", "explain what you see", "explain this picture", "what can be seen?", "what is on it?",
      "sum it up", "tell me everything about it", "tell me all about this", "what do you make of this?",
      "what am i looking at?", "i can't see it, describe it", "what is it a picture of?", "describe the result",
      "what is all in there?", "what's on it?", "what did i show you?", "which things does it show?",
      "spell out what it shows", "explain it in words", "{x} the picture in words", "{x} what you see",
      "{x} what it shows", "{x} everything in it", "words for this picture?", "a description, please",
      "can i have a description?", "tell me in words what it shows", "what would you say it shows?",
      "express the picture in words", "how would you put it in words?", "how would you sum it up?",
      "list everything in it", "list all things", "give me the description", "give me words for it",
      "name what you see", "name everything in it", "a summary, please", "give me a summary", "describe how it looks",
      "give a description of this", "outline the picture", "in your words, what is it?",
      "how would you tell a blind person what it shows?", "put it in words", "put what you see in words",
      "{x} all that you see", "how would you describe it?", "how would you describe this?", "list what it shows",
      "list what is there", "summary of the picture?", "give me a short description", "can you put it into words?",
      "could you tell me what you see?", "let me know what you see", "i want to know what it shows",
      "what do you see in it?", "put it all into words", "get it into words", "bring the picture into words",
      "put this into words");

  static final List<String> COLOUR = List.of(
      "make {it} {v}", "make {it} {v}", "make {it} {v}", "paint {it} {v}", "colour {it} {v}", "color {it} {v}",
      "turn {it} {v}", "change {it} to {v}", "change the colour of {it} to {v}", "change the color of {it} to {v}",
      "give {it} a {v} colour", "let {it} be {v}", "make {it} {v} instead", "recolor {it} in {v}", "make {it} all {v}",
      "make {it} look {v}", "get {it} {v}", "fill {it} with {v}", "colour {it} in {v}", "repaint {it} {v}",
      "redo {it} in {v}", "draw {it} in {v}", "draw {it} {v} this time", "give {it} the colour {v}",
      "give {it} a {v} color", "set {it} to {v}", "set the colour of {it} to {v}", "switch {it} to {v}",
      "switch the color of {it} to {v}", "paint {it} in {v}", "show {it} in {v}", "let {it} turn {v}",
      "use the colour {v} for {it}", "put {it} in {v}", "leave everything but make {it} {v}", "take {v} for {it}",
      "update {it} to {v}", "adjust {it} to {v}", "edit {it} to be {v}", "{x} {it} {v}", "{x} {it} in {v}",
      "{x} {it} with {v}", "{x} {v} for {it}", "{x} {it} to {v}", "have {it} {v}", "have {it} in {v}",
      "have {it} be {v}", "see that {it} gets {v}", "let {it} get {v}", "see {it} {v}", "take {it} in {v}",
      "get {it} painted {v}");

  static final List<String> COLOUR_WISHES = List.of(
      "{it} should be {v}", "i want {it} to be {v}", "{it} in {v}", "i'd like {it} in {v}", "{it} must be {v}",
      "can {it} be {v}?", "could {it} be {v}?", "could {it} be painted {v}?", "can i have {it} in {v}?",
      "why not make {it} {v}?", "what if {it} were {v}?", "how about {it} in {v}?", "{it} has to be {v}",
      "{it} needs to be {v}", "{it} looks better {v}", "i like {it} better in {v}", "i like {it} {v}",
      "i need {it} {v}", "{v} for {it}", "{it}: {v}", "i want to see {it} in {v}", "{it} shall be {v}",
      "{it} wants to be {v}", "may {it} be {v}?", "i'd like {it} to become {v}", "i think {it} should be {v}",
      "maybe {it} in {v}?", "{it} with {v} colour", "can you {x} {it} {v}?", "{it} should be {x} {v}",
      "i'd sooner have {it} {v}", "{it} could be {v}", "can {it} become {v}?", "could {it} turn {v}?",
      "would {it} look good in {v}?", "{it} may become {v}", "{v} would suit {it}", "i'd sooner have {it} in {v}",
      "i'd sooner see {it} {v}", "i'd choose {v} for {it}", "{it} would be nicer in {v}", "{it} would be nicer {v}",
      "{it} would look nice {v}", "could {it} get {v}?", "let me have {it} in {v}", "{it} is to be {v}");

  /** For the thing that was mentioned last. */
  static final List<String> COLOUR_ALONE = List.of(
      "{v} instead", "now in {v}", "in {v}", "now {v}", "the same in {v}", "actually {v}", "better in {v}", "and {v}",
      "and now {v}", "and in {v}", "the same but {v}", "draw the same in {v}", "draw this in {v}",
      "draw it again but {v}", "repeat it in {v}", "again in {v}",
      "once more in {v}", "what about {v}?", "{v}", "{v} would be better", "try {v}", "the same thing {v}",
      "how does it look in {v}?", "the same picture in {v}");

  static final List<String> PLACE = List.of(
      "move {it} {to}", "move {it} {to}", "move {it} {to}", "put {it} {at}", "put {it} {to}", "shift {it} {to}",
      "place {it} {at}", "bring {it} {to}", "move {it} {to} instead", "set {it} {at}", "get {it} {to}",
      "take {it} {to}", "carry {it} {to}", "send {it} {to}", "push {it} {to}", "pull {it} {to}", "position {it} {at}",
      "draw {it} {at}", "draw {it} {at} this time", "show {it} {at}", "let {it} be {at}", "let {it} move {to}",
      "change the place of {it} {to}", "change the position of {it} {to}", "make {it} go {to}", "make {it} appear {at}",
      "set the position of {it} {to}", "switch {it} {to}", "lay {it} {at}", "throw {it} {to}", "reposition {it} {at}",
      "transfer {it} {to}", "stick {it} {at}", "paint {it} {at}", "shove {it} {to}", "{x} {it} {to}", "{x} {it} {at}",
      "{x} {it} over {to}", "have {it} go {to}", "have {it} moved {to}", "have {it} be {at}", "have {it} stand {at}",
      "get {it} over {to}", "get {it} placed {at}", "let {it} stand {at}", "let {it} wander {to}");

  static final List<String> PLACE_WISHES = List.of(
      "{it} should be {at}", "i want {it} {at}", "{it} {at}", "{it} belongs {at}", "{it} must go {to}",
      "can {it} be {at}?", "could {it} move {to}?", "could {it} be {at}?", "can i have {it} {at}?",
      "why not put {it} {at}?", "what if {it} were {at}?", "how about {it} {at}?", "{it} has to be {at}",
      "{it} needs to be {at}", "{it} looks better {at}", "i like {it} better {at}", "i need {it} {at}", "{it}: {at}",
      "i want to see {it} {at}", "{it} shall be {at}", "{it} goes {to}", "{it} should move {to}", "{it} should go {to}",
      "may {it} be {at}?", "maybe {it} {at}?", "i think {it} should be {at}", "i'd like {it} to be {at}",
      "can you {x} {it} {to}?", "{it} should {x} {to}", "i'd sooner have {it} {at}", "{it} could be {at}",
      "can {it} go {to}?", "would {it} look good {at}?", "{it} may go {to}", "{it} would look nicer {at}",
      "{it} would be better {at}", "could {it} be moved {to}?", "could {it} get {to}?",
      "let me have {it} {at}", "{it} is to be {at}", "i'd sooner see {it} {at}");

  static final List<String> PLACE_ALONE = List.of(
      "{v}", "the {v}", "{at} instead", "now {at}", "{to}", "better {at}", "and now {at}", "the same but {at}",
      "draw it again but {at}", "the same {at}", "what about {at}?", "try {at}",
      "{at} would be better", "{at} please");

  /** One cell in a direction, {@code {v}}. */
  static final List<String> STEP = List.of(
      "move {it} {v}", "move {it} a bit {v}", "move {it} a little {v}", "shift {it} {v}", "push {it} {v}",
      "move {it} one step {v}", "move {it} slightly {v}", "shift {it} a bit {v}", "push {it} a little {v}",
      "bring {it} {v} a bit", "move {it} further {v}", "move {it} one cell {v}", "move {it} one step to the {v}",
      "take {it} one step {v}", "shift {it} one place {v}", "put {it} a little further {v}", "move {it} a tiny bit {v}",
      "{x} {it} {v}", "{x} {it} a bit {v}", "{x} {it} one step {v}", "move {it} {v} by one step",
      "shift {it} {v} by a step", "make {it} go {v} a bit", "let {it} move one step {v}", "{x} {it} {v} by a step",
      "have {it} go {v} one step", "{x} {it} {v} by one", "move {it} {v} by a cell", "shift {it} by one cell {v}",
      "let {it} step {v}", "let {it} go {v} by one cell", "let {it} go one cell further {v}",
      "{x} {it} {v} by one cell", "get {it} one step {v}", "{x} {it} one {v}", "take {it} {v} by one cell",
      "move {it} {v} by one", "push {it} {v} by a bit", "let {it} go {v} by a step", "put {it} one cell further {v}",
      "{x} {it} by one step {v}", "draw {it} one cell further {v}",
      "{x} {it} {v} by a single cell", "move {it} {v} by one place", "move {it} {v} by a field",
      "let {it} go one place {v}", "let {it} go one field {v}", "shift {it} by one field {v}",
      "push {it} {v} by a place", "{x} {it} {v} by a field", "put {it} one field further {v}",
      "let {it} move {v} by one field", "{x} {it} one place {v}");

  /** One cell in a direction, in words that do not begin with a verb. */
  static final List<String> STEP_WISHES = List.of(
      "{it} should go one step {v}", "i want {it} one step {v}", "could {it} be one step further {v}?",
      "can {it} move {v} a bit?", "{it} a bit {v}", "{it} one cell {v}", "{it} a little further {v}",
      "{it} should be a bit further {v}", "could {it} go {v} by one step?", "can {it} go one cell {v}?",
      "i'd like {it} one cell further {v}", "i'd sooner have {it} a bit further {v}",
      "can you {x} {it} {v} by one cell?", "{it} must go a step {v}", "how about {it} one step {v}?");

  /** For the thing that was mentioned last. */
  static final List<String> STEP_ALONE = List.of(
      "{v} a bit", "one step {v}", "even further {v}", "a bit more {v}", "slightly {v}", "one more step {v}",
      "a tiny bit {v}", "one cell {v}", "more {v}", "a little {v} please", "still further {v}");

  static final List<String> BIGGER = List.of(
      "make {it} bigger", "make {it} larger", "make {it} big", "make {it} large", "make {it} a bit bigger",
      "make {it} a little larger", "make {it} much bigger", "make {it} huge", "enlarge {it}", "grow {it}",
      "make {it} bigger again", "get {it} bigger", "scale {it} up", "blow {it} up", "increase {it}",
      "increase the size of {it}", "change {it} to large", "change the size of {it} to large", "let {it} grow",
      "let {it} be large", "let {it} be bigger", "turn {it} big", "set {it} to large", "draw {it} bigger",
      "draw {it} larger", "draw {it} large", "give {it} more size", "expand {it}", "resize {it} to large",
      "show {it} bigger", "magnify {it}", "stretch {it}", "make {it} really big", "make {it} a lot bigger",
      "make {it} the big one", "paint {it} larger", "extend {it}", "{x} {it} larger", "{x} {it} to be bigger",
      "{x} {it} to a larger one", "make {it} a larger one", "give {it} a larger size", "let {it} get bigger",
      "have {it} bigger", "have {it} in large", "bring {it} to a larger size", "get {it} to be larger");

  static final List<String> BIGGER_WISHES = List.of(
      "{it} should be bigger", "i want {it} bigger", "{it} is too small", "can {it} be bigger?",
      "could {it} be bigger?", "can {it} be large?", "can i have {it} larger?", "why not make {it} bigger?",
      "how about {it} in large?", "{it} has to be bigger", "{it} needs to be bigger", "{it} looks too small",
      "{it} is a bit small", "i like {it} better large", "i need {it} large", "i'd like {it} bigger",
      "{it} must be larger", "{it} should be large", "i want to see {it} larger", "what if {it} were large?",
      "can you {x} {it} larger?", "i want a bigger one instead of {it}", "{it} could be bigger",
      "would {it} look good big?", "could {it} grow?", "{it} would look nicer big", "i'd sooner have {it} big",
      "{it} would be nicer larger", "could {it} get bigger?", "could {it} have a larger size?",
      "{it} should get larger", "i'd sooner see {it} larger", "let me have {it} large");

  static final List<String> BIGGER_ALONE = List.of(
      "bigger", "larger", "a bit bigger", "too small", "big", "much bigger", "even bigger", "more",
      "the same but bigger", "large", "now large", "now bigger", "way too small", "in large", "a little larger",
      "make the same larger");

  static final List<String> SMALLER = List.of(
      "make {it} smaller", "make {it} small", "make {it} a bit smaller", "make {it} a little smaller",
      "make {it} much smaller", "make {it} tiny", "make {it} little", "shrink {it}", "reduce {it}",
      "make {it} smaller again", "get {it} smaller", "scale {it} down", "decrease {it}", "decrease the size of {it}",
      "change {it} to small", "change the size of {it} to small", "let {it} shrink", "let {it} be small",
      "let {it} be smaller", "turn {it} small", "set {it} to small", "draw {it} smaller", "draw {it} small",
      "give {it} less size", "resize {it} to small", "show {it} smaller", "squeeze {it}", "make {it} really small",
      "make {it} a lot smaller", "make {it} the small one", "paint {it} smaller", "diminish {it}", "compress {it}",
      "{x} {it} smaller", "{x} {it} to be smaller", "{x} {it} to a smaller one", "make {it} a smaller one",
      "give {it} a smaller size", "let {it} get smaller", "have {it} smaller", "have {it} in small",
      "bring {it} to a smaller size", "get {it} to be smaller");

  static final List<String> SMALLER_WISHES = List.of(
      "{it} should be smaller", "i want {it} smaller", "{it} is too big", "can {it} be smaller?",
      "could {it} be small?", "can {it} be small?", "could {it} shrink?", "can i have {it} smaller?",
      "why not make {it} smaller?", "how about {it} in small?", "{it} has to be smaller", "{it} needs to be small",
      "{it} looks too big", "{it} is a bit large", "i like {it} better small", "i need {it} small",
      "i'd like {it} smaller", "{it} must be smaller", "{it} should be small", "i want to see {it} smaller",
      "what if {it} were small?", "can you {x} {it} smaller?", "i want a smaller one instead of {it}",
      "{it} could be smaller", "would {it} look good small?", "{it} would look nicer small",
      "i'd sooner have {it} small", "{it} would be nicer smaller", "could {it} get smaller?",
      "could {it} have a smaller size?", "{it} should get smaller", "i'd sooner see {it} smaller",
      "let me have {it} small");

  static final List<String> SMALLER_ALONE = List.of(
      "smaller", "a bit smaller", "too big", "small", "much smaller", "even smaller", "less", "the same but smaller",
      "now small", "now smaller", "way too big", "in small", "a little smaller", "too large");

  static final List<String> SHAPE = List.of(
      "turn {it} into a {v}", "turn {it} into a {v}", "change {it} into a {v}", "change {it} to a {v}",
      "replace {it} with a {v}", "replace {it} by a {v}", "make {it} a {v}", "make a {v} out of {it}",
      "turn {it} to a {v}", "swap {it} for a {v}", "swap {it} with a {v}", "exchange {it} for a {v}",
      "switch {it} to a {v}", "substitute {it} by a {v}", "convert {it} to a {v}", "convert {it} into a {v}",
      "use a {v} instead of {it}", "put a {v} in the place of {it}", "draw a {v} instead of {it}",
      "take a {v} instead of {it}", "redraw {it} as a {v}", "draw {it} as a {v}", "let {it} be a {v}",
      "change the shape of {it} to a {v}", "give {it} the shape of a {v}", "make {it} into a {v}",
      "remake {it} as a {v}", "show a {v} where {it} was", "set {it} to a {v}", "reshape {it} into a {v}",
      "morph {it} into a {v}", "edit {it} to be a {v}", "{x} {it} into a {v}", "{x} a {v} instead of {it}",
      "{x} {it} as a {v}", "have a {v} instead of {it}", "have {it} be a {v}", "put a {v} where {it} stands",
      "{x} a {v} where {it} was", "have a {v} stand where {it} is now", "show a {v} at the place of {it}",
      "let {it} turn into a {v}", "get a {v} in place of {it}", "let a {v} take the place of {it}",
      "let {it} get the shape of a {v}", "have a {v} where {it} stands", "let there be a {v} where {it} is",
      "get a {v} where {it} is");

  static final List<String> SHAPE_WISHES = List.of(
      "{it} should be a {v}", "i want a {v} instead of {it}", "{it} should become a {v}", "can {it} be a {v}?",
      "could {it} turn into a {v}?", "can i have a {v} instead of {it}?", "why not make {it} a {v}?",
      "what if {it} were a {v}?", "how about a {v} instead of {it}?", "{it} has to be a {v}", "{it} needs to be a {v}",
      "i like a {v} better than {it}", "i need a {v} instead of {it}", "{it} must be a {v}", "a {v} instead of {it}",
      "{it} as a {v}", "i want {it} to be a {v}", "{it} shall be a {v}", "i'd like {it} to be a {v}",
      "not {it} but a {v}", "{it} should turn into a {v}", "i think {it} should be a {v}", "may {it} be a {v}?",
      "can you {x} {it} into a {v}?", "i'd sooner have a {v} than {it}", "a {v} for {it}, please",
      "{it} could be a {v}", "can {it} become a {v}?", "there could be a {v} instead of {it}",
      "a {v} where {it} is now", "a {v} at the place of {it}", "a {v} instead of {it} would be good",
      "a {v} would look nicer than {it}", "{it} would be nicer as a {v}",
      "i'd sooner see a {v} there than {it}", "{it} is to be a {v}", "could there be a {v} in place of {it}?",
      "a {v} is what i want in place of {it}");

  static final List<String> SHAPE_ALONE = List.of(
      "a {v} instead", "now a {v}", "the same as a {v}", "and now a {v}", "the same but a {v}", "what about a {v}?",
      "try a {v}", "a {v} would be better", "draw the same as a {v}", "and as a {v}", "but a {v}",
      "the same with a {v}", "{v}", "{v} instead", "now {v}", "a {v}, not this", "no, a {v}");

  static final List<String> ADD = List.of(
      "add {v}", "add {v}", "add {v}", "also draw {v}", "draw {v} too", "put {v} there as well", "also add {v}",
      "put in {v}", "now add {v}", "insert {v}", "include {v}", "place {v} too", "place {v} as well", "put {v} in",
      "put {v} in too", "throw in {v}", "attach {v}", "draw {v} as well", "also put {v}", "also paint {v}",
      "paint {v} too", "bring in {v}", "extend it by {v}", "add to it {v}", "add to the picture {v}", "give it {v} too",
      "get me {v} as well", "keep it and add {v}", "draw it with {v} too", "show {v} too", "let there be {v} too",
      "make {v} too", "append {v}", "join {v} to it", "draw one more thing: {v}", "{x} {v} too", "{x} {v} as well",
      "{x} also {v}", "{x} in {v} too", "{x} {v} to the picture", "add to this {v}", "add one more thing: {v}",
      "add another thing: {v}", "have {v} too", "finish it with {v}", "round it off with {v}", "still add {v}",
      "complete the picture with {v}", "let {v} join it", "get {v} in there too", "have {v} in it too",
      "fill it up with {v}");

  static final List<String> ADD_WISHES = List.of(
      "i also want {v}", "and {v}", "with {v}", "plus {v}", "and also {v}", "can i have {v} too?", "can we add {v}?",
      "could there be {v} too?", "{v} too", "{v} as well", "i need {v} too", "i'd like {v} too",
      "i would like {v} as well", "it needs {v} too", "there must be {v} too", "the picture should have {v} too",
      "it should also have {v}", "what about {v} as well?", "in addition, {v}", "then {v} as well",
      "i want {v} in there too", "{v} should be there too", "{v} is missing", "it lacks {v}", "plus also {v}",
      "also {v}", "now with {v} too", "i would add {v}", "can you {x} {v} too?", "i want {v} in it as well",
      "there is room for {v}", "besides, {v}", "{v} is still missing", "it still lacks {v}", "there should be {v} too",
      "there could also be {v}", "the next thing: {v}", "could it also have {v}?", "can it show {v} as well?",
      "could we also get {v}?", "could we have {v} too?", "the picture needs {v} too", "there is still {v} to add",
      "what it needs is {v}", "it would be complete with {v}", "may we have {v} as well?", "let me have {v} too",
      "next comes {v}");

  static final List<String> REMOVE = List.of(
      "remove {it}", "remove {it}", "delete {it}", "take {it} away", "take away {it}", "erase {it}", "get rid of {it}",
      "leave {it} out", "now remove {it}", "remove {it} from the picture", "take {it} out", "take {it} off",
      "drop {it}", "cut {it}", "cut {it} out", "clear {it}", "lose {it}", "wipe {it} away", "wipe out {it}",
      "kill {it}", "rub out {it}", "eliminate {it}", "throw {it} away", "throw out {it}", "hide {it}",
      "let {it} disappear", "make {it} disappear", "make {it} go away", "discard {it}", "omit {it}", "skip {it}",
      "do away with {it}", "draw it without {it}", "exclude {it}", "{x} {it} away", "{x} {it} out",
      "{x} {it} from the picture", "{x} off {it}", "pull {it} out", "have {it} removed", "have {it} gone",
      "clean the picture of {it}", "take {it} from the picture", "get {it} out of the picture",
      "throw {it} out of the picture", "get {it} out of there", "let {it} go away", "let {it} be gone",
      "wipe {it} off the picture", "make {it} vanish", "let {it} vanish", "send {it} away", "make do without {it}",
      "drop {it} from the picture", "take {it} out of there", "take {it} out of it", "let {it} leave the picture");

  static final List<String> REMOVE_WISHES = List.of(
      "without {it}", "i don't want {it}", "{it} should go", "{it} must go", "i don't need {it}",
      "i do not want {it} any more", "{it} should disappear", "i don't like {it}, remove it", "can {it} go?",
      "can we remove {it}?", "can you do it without {it}?", "now without {it}", "the same without {it}",
      "{it} is not needed", "{it} is too much", "away with {it}", "{it} away", "{it} is no longer needed",
      "i want it without {it}", "can you {x} {it} away?", "can you take {it} away?", "i no longer want {it}",
      "get me the picture without {it}", "could {it} be removed?", "can {it} be gone?", "could {it} disappear?",
      "{it} has to disappear", "{it} needs to go", "{it} ought to go", "{it} can go", "{it} may go", "{it} must leave",
      "{it} has to leave", "{it} should vanish", "i can live without {it}", "i could live without {it}",
      "could you omit {it}?", "could you drop {it}?", "we don't need {it}", "the picture without {it}",
      "the picture again without {it}", "i would gladly not have {it}", "i'd be happy without {it}",
      "it would be better without {it}", "it looks better without {it}", "could you leave {it} out?",
      "{it} has no place here", "{it} is to be removed", "i am tired of {it}", "there is no need for {it}",
      "nobody needs {it}", "{it} has to go away", "{it} has got to go", "{it} will have to go", "{it} has to be gone",
      "i can manage without {it}", "{it} has to be removed");

  static final List<String> ONLY = List.of(
      "only {other}", "keep only {other}", "just {other}", "leave only {other}", "i only want {other}",
      "only {other} should stay", "{other} alone", "show only {other}", "nothing but {other}", "{other} only",
      "leave just {other}", "i want just {other}", "everything but {other} should go", "remove all but {other}",
      "remove all except {other}", "delete the rest, keep {other}");

  /** For both things. */
  static final List<String> BOTH = List.of(
      "make both {v}", "make them {v}", "make them both {v}", "make both of them {v}", "both should be {v}", "both {v}",
      "make all things {v}", "make everything {v}", "i want both {v}", "i want them {v}", "let both be {v}",
      "turn both {v}", "turn them {v}", "all {v}", "everything {v}", "both of them {v}", "make the two {v}",
      "can both be {v}?", "could they be {v}?", "they should be {v}", "change both to {v}", "set both to {v}",
      "{x} both {v}", "{x} them {v}", "{x} everything {v}");

  static final List<String> BOTH_COLOURS = List.of(
      "paint both {v}", "paint them {v}", "colour both {v}", "color them {v}", "paint everything {v}", "both in {v}",
      "give both the colour {v}", "use {v} for both", "draw both in {v}", "show them in {v}");

  static final List<String> BACKGROUND = List.of(
      "change the background to {v}", "make the background {v}", "make the background {v}", "use a {v} background",
      "paint the background {v}", "put it on a {v} background", "set the background to {v}", "draw it on {v}",
      "turn the background {v}", "set a {v} background", "give it a {v} background", "switch the background to {v}",
      "colour the background {v}", "color the background in {v}", "paint the background in {v}",
      "let the background be {v}", "replace the background with {v}", "fill the background with {v}",
      "get a {v} background", "put everything on {v}", "put it on {v}", "draw it on a {v} background",
      "draw the same on {v}", "show it on {v}", "make it on {v}", "take a {v} background", "redo the background in {v}",
      "change the background colour to {v}", "make the backdrop {v}", "move everything to a {v} background",
      "place it on {v}", "repaint the background {v}", "update the background to {v}", "{x} the background {v}",
      "{x} the background to {v}", "{x} everything on {v}", "{x} a {v} background", "{x} {v} as the background",
      "have it on {v}", "have a {v} background", "have everything on {v}", "have {v} as the background",
      "have {v} behind it", "have {v} behind all", "put {v} behind it", "let it all be on {v}", "let {v} be behind it",
      "try it on {v}", "try {v} as the background", "let it stand on {v}", "have it all on {v}", "get {v} behind it",
      "let all of it stand on {v}", "let both stand on {v}", "let everything be on {v}");

  static final List<String> BACKGROUND_WISHES = List.of(
      "the background should be {v}", "i want a {v} background", "on a {v} background", "on {v}", "now on {v}",
      "{v} background", "on {v} instead", "the same on {v}", "with a {v} background", "can the background be {v}?",
      "could the background be {v}?", "can i have it on {v}?", "can we have a {v} background?",
      "why not a {v} background?", "what about a {v} background?", "how about {v} as background?", "background {v}",
      "background: {v}", "{v} as background", "{v} as the background", "{v} in the background", "but on {v}",
      "and on {v}", "the background in {v}", "the background must be {v}", "the background has to be {v}",
      "it needs a {v} background", "it should be on {v}", "i need a {v} background", "i'd like a {v} background",
      "i like it better on {v}", "it looks better on {v}", "i want everything on {v}", "the same thing on {v}",
      "the same picture on {v}", "{v} behind it", "it should be {v} behind it", "can you {x} the background {v}?",
      "i'd sooner have a {v} background", "everything on {v}, please", "could it be on {v}?",
      "can everything be on {v}?", "the background could be {v}", "can the background turn {v}?",
      "could we get a {v} background?", "i'd sooner have it on {v}",
      "could it all be on {v}?", "{v} would be a nicer background", "a {v} background would be nice",
      "the background would look better in {v}", "let me have it on {v}", "the background is to be {v}",
      "could the background get {v}?");

  static final List<String> SWAP_PLACES = List.of(
      "swap them", "swap the two", "swap their places", "swap their positions", "exchange their places",
      "swap the positions", "let them swap places", "exchange the two things", "swap both", "swap the things",
      "swap the places", "switch places", "switch them", "switch their places", "switch the positions",
      "change their places", "make them swap places", "make them change places", "let both swap", "exchange both",
      "exchange them", "exchange the positions", "put each one in the place of the other", "swap where they are",
      "interchange them", "interchange their positions", "flip their places", "{x} their places", "{x} their positions",
      "{x} the places of both", "let them {x} places", "make them {x} places", "put each where the other was",
      "move each to the place of the other", "swap the two of them", "make each take the place of the other",
      "swap one for the other", "reverse their positions", "reverse the places", "switch both things",
      "have them change places", "let each move to the place of the other", "put both where the other one was",
      "make one stand where the other stands now", "have each one where the other was",
      "let each one go where the other is", "turn their places around", "swap them around", "switch them around",
      "get them to change places", "let them change positions", "have both go where the other one is");

  static final List<String> SWAP_COLOURS = List.of(
      "swap their colours", "swap their colors", "swap the colours", "swap the colors", "exchange their colours",
      "exchange the colors", "switch their colours", "switch the colors", "swap the two colours",
      "make them swap colours", "let them swap colors", "exchange both colours", "interchange the colors",
      "swap colours", "swap colors", "change the colours with each other", "flip their colours", "{x} their colours",
      "{x} the colors of both", "let them {x} colours", "make them {x} colors", "paint each in the colour of the other",
      "let each take the colour of the other", "reverse their colours", "switch the colours of both",
      "swap the colours of the two", "swap the colors of both", "exchange the colours of the two",
      "make each the colour of the other", "swap the paint", "have them swap colours", "give each the other's colour",
      "give both the colour of the other one", "turn their colours around", "swap their colours around",
      "get them to change colours", "let each one have the colour of the other one",
      "give each of them the colour of the other one");

  static final List<String> SWAP_SIZES = List.of(
      "swap their sizes", "swap the sizes", "exchange their sizes", "exchange the two sizes", "switch the sizes",
      "switch their sizes", "let them swap sizes", "make them swap sizes", "interchange the sizes", "flip the sizes",
      "swap sizes", "give each the size of the other", "{x} their sizes", "{x} the sizes of both", "let them {x} sizes",
      "make each the size of the other", "swap the sizes of the two", "reverse the sizes",
      "make the big one small and the small one big", "let each take the size of the other");

  static final List<String> SWAP_PLACES_WISHES = List.of(
      "each takes the other's place", "one goes to the place of the other and the other way round",
      "each should stand where the other stands", "the two change places",
      "the first to the second's place and the second to the first's", "can they swap places?",
      "could they change places?", "can they {x} places?", "could they {x} positions?", "may they switch places?",
      "can each one go to the other's place?", "could the two be swapped?", "each goes to where the other stands",
      "could both change positions?", "could they get each other's place?", "could they {x} their places?",
      "both should change places", "the two should be swapped", "each one should go where the other was",
      "each goes to the place of the other", "each one moves where the other one stands",
      "could each be where the other is?");

  static final List<String> SWAP_COLOURS_WISHES = List.of(
      "can they swap colours?", "could they change colours?", "can they {x} colours?", "could they {x} their colors?",
      "each one in the colour of the other", "could they get each other's colour?",
      "each gets the colour of the other", "could they swap their colours?", "could the colours be swapped?",
      "each one should have the other's colour", "both should change colours",
      "each should get the colour that the other has", "each one gets the other's colour",
      "could each have the colour of the other?");

  /** After a swap, for another attribute. */
  static final List<String> SWAP_TOO = List.of(
      "the {v} too", "also the {v}", "now the {v} as well", "same with the {v}", "do that with the {v} too",
      "swap the {v} too", "and then the {v}", "the {v} as well please");

  static final List<String> AGAIN = List.of(
      "draw it again", "again", "once more", "repeat that", "the same again", "draw that again", "one more time",
      "draw the same again", "repeat it", "repeat the picture",
      "show it again", "show me that again", "make it again", "paint it again",
      "a second time", "redraw it", "once again", "the same picture again");

  static final List<String> UNDO = List.of(
      "undo", "undo", "undo that", "undo it", "go back", "back", "undo the last change", "as before", "revert that",
      "make it as before", "go back to the previous picture", "i liked the last one better", "no, undo that",
      "no, undo it", "no, go back", "back to the last one", "one step back", "go one step back", "restore it",
      "restore the last picture", "cancel that", "cancel the change", "never mind, go back", "forget that",
      "forget the last change", "i want the old one back", "the old one was better", "the last one was better",
      "i liked it before", "i liked it better before", "it was better before", "back to how it was",
      "make it like before", "like before", "reverse that", "reset that", "give me back the last picture",
      "bring back the previous one", "previous picture", "the previous one was better", "no, that was worse",
      "that was worse, undo", "undo this", "undo please", "undo the change", "take back the last change",
      "bring back the old picture", "go back one picture", "drop that change", "discard the change",
      "not good, go back", "show the picture before that", "roll back", "revert", "revert it", "as it was",
      "let me have the old one again", "go back again", "undo again", "and back again", "one more back",
      "{x} the last change", "{x} to the last picture", "{x} back", "no, {x} back", "go back by one", "one back",
      "back to the one before", "return to the last picture", "return to how it was", "put it back like it was",
      "take it back", "the change was bad, back", "that made it worse, go back", "i liked how it was",
      "make that undone", "erase the last change", "step back", "show me the one before", "as it was before that",
      "no, i want the one before", "that was no better, undo", "no better, go back", "no, back to how it was",
      "go to the picture before that", "back to the former picture", "get back to the picture before",
      "return to the one before", "undo the change you made", "i want that change undone",
      "that was not good, go back", "it was not better, undo it", "no, that is no better, back", "let us go back",
      "let's go back one", "can we go back?", "could you undo that?", "can you undo it?",
      "can you take back the change?", "could we have the one before?", "may i have the last one back?",
      "make it how it was", "take that change back");

  static final List<String> NOT_VALUE = List.of(
      "no, {v}", "no, i meant {v}", "i meant {v}", "i said {v}", "sorry, {v}", "not {old}, {v}", "{v}, not {old}",
      "no, make it {v}", "i wanted {v}", "{v}, i meant", "not {old} but {v}", "no no, {v}",
      "oh sorry, {v}", "ups, {v}", "i mean {v}", "no, i want {v}", "actually, {v}", "or {v}, no?",
      "{v} instead of {old}", "from {old} to {v}", "{old} to {v}", "wrong, {v}", "that should be {v}",
      "no, it should be {v}", "you misunderstood, {v}", "please {v}", "better {v}", "change that to {v}",
      "not {old}. {v}!", "wait, {v}", "oh no, {v}", "hmm, {v}", "no, better {v}", "well, {v} then",
      "make that {v}, please", "no, take {v}", "hold on, {v}", "hmm, better {v}", "wait, better {v}", "or no, {v}",
      "no, make that {v}", "hm, let it be {v}", "or better, make it {v}", "oh, make it {v}");

  static final List<String> NOT_THING = List.of(
      "no, i meant {other}", "i meant {other}", "not {it}, {other}", "sorry, i meant {other}",
      "{other}, not {it}", "no, {other} please", "i wanted {other}", "i wanted that for {other}, not for {it}",
      "not {it} but {other}", "no, do it with {other}", "wrong one, {other}", "i mean {other}",
      "the other thing, {other}", "no, not {it}, i meant {other}", "you misunderstood, {other}",
      "leave {it}, i meant {other}", "i said {other}", "{other}, i meant", "wait, {other}", "oh no, {other}",
      "hold on, {other}", "oh, not {it}, {other}", "wait, not {it}, i meant {other}", "oh, that was meant for {other}",
      "oh, it should have been {other}", "that was to be {other}, not {it}", "hmm, i meant {other}",
      "not that one, {other}");

  static final List<String> SAME_FOR = List.of(
      "{other} too", "and {other} too", "the same for {other}", "do the same with {other}", "{other} as well",
      "now the same with {other}", "do that to {other} too", "{other} also", "and also {other}", "now {other}",
      "then {other}", "same for {other}", "same with {other}", "the same goes for {other}",
      "do it with {other} as well", "{other} the same way", "also {other}", "repeat that for {other}",
      "make {other} like that too");

  static final List<String> ASK_COLOUR = List.of(
      "what colour is {it}?", "what color is {it}?", "what is the colour of {it}?", "which color is {it}?",
      "what colour does {it} have?", "which colour has {it}?", "tell me the color of {it}",
      "what is the color of {it}?", "which colour is {it}?", "what color does {it} have?", "what's the colour of {it}?",
      "what colour has {it}?", "can you tell me the colour of {it}?", "tell me what colour {it} is",
      "say the colour of {it}", "what colour did you give {it}?", "what colour is used for {it}?",
      "{it} is what colour?", "i forgot the colour of {it}", "how is {it} coloured?", "of what colour is {it}?",
      "colour of {it}?", "{it}: which colour?", "which color did {it} get?", "give me the colour of {it}",
      "what colour is {it} now?", "{x} the colour of {it}", "{x} me the color of {it}", "{x} which colour {it} has",
      "and what colour is {it}?", "do you see the colour of {it}?", "in what colour is {it}?",
      "can you name the colour of {it}?", "do you remember the colour of {it}?", "what about the colour of {it}?",
      "i want to know the colour of {it}", "i'd like to know the colour of {it}", "let me know what colour {it} is",
      "what would you call the colour of {it}?", "could you say the colour of {it}?",
      "in what colour did you paint {it}?", "which colour did you paint {it}?", "please name what colour {it} has",
      "{it}, what colour does it have?");

  static final List<String> ASK_PLACE = List.of(
      "where is {it}?", "where is {it}?", "where's {it}?", "what is the position of {it}?", "tell me where {it} is",
      "where do you see {it}?", "where did you put {it}?", "where exactly is {it}?", "where do i find {it}?",
      "where in the picture is {it}?", "can you tell me where {it} is?", "say where {it} is", "which place has {it}?",
      "what is the place of {it}?", "at which position is {it}?", "{it} is where?", "where did {it} go?",
      "where has {it} gone?", "where is {it} now?", "i can't find {it}, where is it?", "on which side is {it}?",
      "in which corner is {it}?", "position of {it}?", "give me the position of {it}", "show me where {it} is",
      "where can {it} be seen?", "{x} where {it} is", "{x} the position of {it}", "and where is {it}?",
      "do you see where {it} is?", "in what place is {it}?", "where should i look for {it}?",
      "can you name the place of {it}?", "do you remember where {it} is?", "i want to know where {it} is",
      "i'd like to know where {it} is", "let me know where {it} is", "in which place do you see {it}?",
      "could you say where {it} is?", "where could {it} be?", "please name where {it} is", "where can one find {it}?",
      "what about the place of {it}?", "{it}, where is it?");

  static final List<String> ASK_SHAPE = List.of(
      "what shape is {it}?", "what shape has {it}?", "which shape is {it}?", "what is the shape of {it}?",
      "what kind of shape is {it}?", "what shape does {it} have?", "which shape does {it} have?", "what is {it}?",
      "what form has {it}?", "tell me the shape of {it}", "say what shape {it} is", "what kind of thing is {it}?",
      "can you tell me the shape of {it}?", "{it} is what shape?", "of what shape is {it}?", "shape of {it}?",
      "give me the shape of {it}", "what shape did you give {it}?", "what sort of shape is {it}?",
      "what shape is {it} now?", "{x} the shape of {it}", "{x} what shape {it} is", "and the shape of {it}?",
      "do you see what shape {it} is?", "which form has {it}?", "can you name the shape of {it}?",
      "do you remember the shape of {it}?", "i want to know the shape of {it}", "let me know what shape {it} has",
      "which shape would you say {it} has?", "could you say the shape of {it}?",
      "what would you call the shape of {it}?", "please name what shape {it} has", "what about the shape of {it}?",
      "tell me what shape {it} is");

  static final List<String> ASK_SIZE = List.of(
      "how big is {it}?", "what size is {it}?", "how large is {it}?", "what is the size of {it}?",
      "is {it} big or small?", "is {it} small or large?", "how small is {it}?", "what size has {it}?",
      "which size is {it}?", "what size does {it} have?", "tell me the size of {it}", "tell me if {it} is big or small",
      "can you tell me the size of {it}?", "say how big {it} is", "{it} is what size?", "size of {it}?",
      "give me the size of {it}", "of what size is {it}?", "which size did you give {it}?", "is {it} large or small?",
      "is {it} a big or a small one?", "what size is {it} now?", "how large did you make {it}?", "{x} the size of {it}",
      "{x} how large {it} is", "and how big is {it}?", "do you see how big {it} is?", "and the size of {it}?",
      "can you name the size of {it}?", "do you remember the size of {it}?", "i want to know the size of {it}",
      "let me know how big {it} is", "could you say how large {it} is?", "tell me how large {it} is",
      "tell me what size {it} has", "please name what size {it} has", "what about the size of {it}?",
      "do you remember how big {it} is?");

  /** A new value instead of the old one, {@code {old}}. */
  static final List<String> INSTEAD_OF = List.of(
      "{old} -> {v}", "{old} --> {v}", "{old} > {v}", "{old}->{v}", "{old} ... {v}", "{v} instead of {old}",
      "instead of {old}, {v}", "from {old} to {v}", "{old} to {v}", "{old} should be {v}", "{v}, not {old}",
      "not {old}, {v}", "no more {old}: {v}", "change {old} to {v}", "change {old} into {v}", "turn {old} to {v}",
      "make {old} {v}", "replace {old} by {v}", "where it says {old}, {v}");

  /** For a thing that was removed. */
  static final List<String> RESTORE = List.of(
      "bring {it} back", "bring back {it}", "put {it} back", "put {it} back in", "add {it} again", "get {it} back",
      "i want {it} back", "give me {it} back", "return {it}", "let {it} come back", "{it} should come back",
      "i miss {it}", "put {it} in again", "include {it} again", "with {it} again", "{it} was better left in",
      "insert {it} again", "have {it} back", "take {it} back in", "can i have {it} back?", "can you bring {it} back?",
      "i'd like {it} back", "{x} {it} back in");

  /** For a thing of an earlier picture. */
  static final List<String> FROM_BEFORE = List.of(
      "add {it} of the earlier picture", "put {it} from before in as well", "with {it} of an earlier picture",
      "draw {it} that we had before too", "add {it} that was there before", "bring in {it} from before",
      "i want {it} from earlier in it too", "{it} from earlier as well", "include {it} we had earlier");

  /** A reply of several pictures, {@code {n}} of them, which differ in {@code {v}}. */
  static final List<String> SEVERAL = List.of(
      "draw {it} {v}", "draw {it} {v}", "draw {it} {v}", "show me {it} {v}", "show {it} {v}", "paint {it} {v}",
      "make {it} {v}", "{it} {v}", "i want {it} {v}", "i want to see {it} {v}", "{n} pictures: {it} {v}",
      "{n} pictures of {it} {v}", "draw {it} {n} times, {v}", "let me compare {it} {v}", "try {it} {v}",
      "i'd like to see {it} {v}", "draw {it} again {v}", "{it} {v}, one picture each", "one picture each: {it} {v}",
      "give me {it} {v}", "draw {n} pictures with {it} {v}", "do {it} {v}", "{n} versions of {it}, {v}",
      "can you show me {it} {v}?", "could you draw {it} {v}?", "what does {it} look like {v}?",
      "what about {it} {v}?", "once more {it}, {v}", "i would like {it} {v}", "repeat {it} {v}", "now {it} {v}",
      "{n} variants of {it}: {v}", "{it} in {n} variants, {v}", "side by side: {it} {v}", "compare {it} {v}",
      "i wonder how {it} looks {v}", "paint {n} of them, {v}", "could i get {it} {v}", "redo {it} {v}",
      "{it} {v}, each in its own picture", "as {n} pictures: {it} {v}", "may {it} come {v}?", "and {it} {v}?",
      "{n} more: {it} {v}", "please also show {it} {v}", "would you do {it} {v}?");

  /** The other thing has the value. */
  static final List<String> COLOUR_OF = List.of(
      "make {it} the same colour as {other}", "give {it} the colour of {other}", "paint {it} like {other}",
      "{it} in the colour of {other}", "{it} should have the colour of {other}", "colour {it} like {other}",
      "let {it} have the same color as {other}", "use the colour of {other} for {it}", "paint {it} as {other} is",
      "change the colour of {it} to that of {other}", "{it} should match the colour of {other}",
      "let {it} have the same colour too", "paint {it} in the same colour",
      "{it} in the same colour too", "use the same colour for {it}", "i want the same color for {it}");

  /** The other thing has the value. */
  static final List<String> SIZE_OF = List.of(
      "make {it} the same size as {other}", "give {it} the size of {other}", "make {it} as big as {other}",
      "{it} should have the size of {other}", "let {it} have the same size as {other}",
      "{it} should be as large as {other}", "change the size of {it} to that of {other}",
      "make {it} equally big", "{it} in the same size too", "give {it} the same size as well");

  /** The other thing has the value. */
  static final List<String> SHAPE_OF = List.of(
      "make {it} the same shape as {other}", "give {it} the shape of {other}", "make {it} another {v}",
      "{it} should have the shape of {other}", "let {it} have the same shape as {other}",
      "turn {it} into the same shape as {other}", "change the shape of {it} to that of {other}",
      "give {it} the same shape too", "{it} in the same shape as well");

  /** Where a new thing is: on a side, {@code {v}}, of a thing. */
  static final List<String> NEXT_TO = List.of(
      "next to {it} on the {v}", "beside {it} on the {v}", "next to {it}, to the {v}", "beside {it}, on its {v}",
      "next to {it} on its {v} side", "close to {it}, on the {v}");

  /** The place of a thing, {@code {it}}, that was removed. */
  static final List<String> IN_ITS_PLACE = List.of(
      "where {it} was", "in the place of {it}", "at the place of {it}", "at the old place of {it}", "there",
      "in the free place");

  /** Another thing of the same shape and size; {@code {v}} is its colour and its place. */
  static final List<String> ADD_LIKE = List.of(
      "a second one {v}", "draw a second one {v}", "one more {v}", "draw one more {v}", "one more like it {v}",
      "put a second one {v}", "add one more of these {v}", "add the same thing {v} too", "also one {v}",
      "i want a second one {v}", "and another one {v}", "another of these {v}", "copy it, with the copy {v}",
      "can i have one more {v}?", "add its twin {v}");

  /** After a wrong value. */
  static final List<String> CORRECTED = List.of(
      ", no wait, {v}", ", sorry, {v}", ", i mean {v}", " or better {v}", ", hmm, better {v}", ". no, {v}!",
      ", oh no, {v}", ", ups, {v}", " - no, {v}", ", or no: {v}");

  /** Before a new thing whose place is beside another one. */
  static final List<String> ADD_BESIDE = List.of(
      "", "", "and ", "draw ", "put ", "place ", "now ", "i want ", "paint ", "make ", "there should be ", "add ",
      "i need ", "show ", "have ", "with ");

  /** Whether something has a value. */
  static final List<String> ASK_IS = List.of(
      "is {it} {v}?", "is {it} {v}?", "is {it} {v}?", "is {it} {v} now?", "{it} is {v}, right?", "{it} is {v}?",
      "tell me if {it} is {v}", "isn't {it} {v}?", "so {it} is {v}?", "am i right that {it} is {v}?",
      "check if {it} is {v}", "say if {it} is {v}", "{x} if {it} is {v}", "do you think {it} is {v}?",
      "i think {it} is {v}, right?", "and is {it} {v}?", "{it} is {v}, isn't it?", "is {it} really {v}?",
      "{it} is {v}, no?", "{it} is {v}, yes?", "{it} is {v}, is it not?", "{it} must be {v}, correct?",
      "i say {it} is {v}, do you agree?", "{it} is {v}, {x}?", "{x} that {it} is {v}?", "{it} is {v}, yes or no?",
      "{it} is {v}, correct?", "{it} is {v}, am i right?", "so {it} is {v}, true or false?",
      "is it right that {it} is {v}?", "can you say if {it} is {v}?", "do you agree that {it} is {v}?",
      "would you call {it} {v}?", "could it be that {it} is {v}?", "is it correct that {it} is {v}?",
      "is it so that {it} is {v}?", "would you say {it} is {v}?", "{it} is {v}, is that so?",
      "{it} is {v}, is that true?", "i wonder if {it} is {v}", "can it be that {it} is {v}?",
      "is it a fact that {it} is {v}?");

  /** Whether both things have a value. */
  static final List<String> ASK_BOTH = List.of(
      "are both {v}?", "are they both {v}?", "is everything {v}?", "are all of them {v}?", "are the two {v}?",
      "are they {v}?", "tell me if both are {v}", "both are {v}, right?", "are all things {v}?");

  static final List<String> ASK_BACKGROUND = List.of(
      "what is the background?", "what colour is the background?", "what color is the background?",
      "what's the background color?", "which background is it?", "what colour is behind it?",
      "what is the colour of the background?", "what is the background colour?", "which colour has the background?",
      "what background is it?", "what background does it have?", "tell me the background",
      "tell me the colour of the background", "what is behind it?", "what colour is it behind?",
      "on which background is it?", "on what colour is it?", "background colour?", "what is the background now?",
      "which background did you use?", "can you tell me the background colour?", "say the background colour",
      "what color does the background have?", "how is the background coloured?", "{x} the colour of the background",
      "{x} the background colour", "and the background?", "what did you paint behind it?",
      "do you see the background colour?", "which colour is the background now?",
      "can you name the background colour?", "do you remember the background?", "which background did you take?",
      "which colour did you paint the background?", "name its background", "i want to know the background colour",
      "let me know the background", "what colour did the background get?", "what about the background?",
      "do you remember the colour behind it?", "what colour did you give the background?",
      "in which colour is the background?");

  static final List<String> ASK_NUMBER = List.of(
      "how many things are there?", "how many objects are there?", "how many things do you see?",
      "how many shapes are there?", "count the things", "how many are there?", "how many shapes did you draw?",
      "how many things does it have?", "how many things can you count?", "how many shapes do you see?",
      "how many objects are in the picture?", "how many things are in it?", "count them", "count the shapes",
      "count all things", "count what you see", "what is the count?", "how many of them are there?",
      "tell me how many there are", "is it one or two?", "one thing or two?", "how many things did you draw?",
      "how many are in the picture?", "the number of things?", "can you count the objects?", "how many have we got?",
      "{x} how many things there are", "{x} the number of shapes", "what's the number of things?",
      "say how many things it has", "how many did you make?", "what is the total?", "tell me the number of things",
      "what number of things is there?", "how many is that?", "in total, how many things?",
      "how many things did you put in?", "how many things came out?", "tell me how many things are there",
      "tell me how many things you see", "how many things did you make?", "i want to know how many things there are",
      "how many things does that make?", "the number of things is?", "how many things make up the picture?");

  static final List<String> ASK_NUMBER_OF = List.of(
      "how many {v} are there?", "how many {v} do you see?", "count the {v}", "how many {v} can you see?",
      "how many {v} does it have?", "how many {v} did you draw?", "tell me how many {v} there are",
      "can you count the {v}?", "how many {v} are in the picture?", "number of {v}?", "and how many {v}?",
      "how many {v}?", "how many {v} can you count?", "what is the count of {v}?", "how many {v} have we got?",
      "{x} how many {v} there are", "{x} the number of {v}", "say how many {v} it has", "what's the number of {v}?",
      "how many of the things are {v}?", "what number of {v} is there?", "tell me the number of {v}",
      "and the number of {v}?", "in total, how many {v}?", "tell me how many {v} you see", "how many of them are {v}?",
      "and how many are {v}?", "i want to know how many {v} there are", "how many {v} is that?");

  static final List<String> ASK_EXISTS = List.of(
      "is there {v}?", "do you see {v}?", "can you see {v}?", "is {v} in the picture?", "does the picture show {v}?",
      "is there {v} in the picture?", "is there {v} in it?", "does it show {v}?", "is {v} there?",
      "are you showing {v}?", "can i see {v} there?", "do we have {v}?", "is {v} in it?",
      "did i get {v}?", "does this have {v}?", "do you find {v} in it?", "tell me if there is {v}",
      "there is {v}, right?", "can you see {v} anywhere?", "{x} if there is {v}",
      "check if there is {v}", "there isn't {v}, is there?", "do you have {v} in there?",
      "there is {v}, no?", "there's {v} somewhere, isn't it?", "it has {v}, right?", "it shows {v}, doesn't it?",
      "i see {v}, right?", "{x} it has {v}?", "is it with {v}?", "there must be {v}, yes?",
      "could you see if there is {v}?", "is there {v} in there?", "have you drawn {v}?", "there is {v}, isn't there?",
      "does it contain {v}?", "is {v} among it?", "i wonder if there is {v}", "could you look if there is {v}?",
      "can you check if it has {v}?", "does it come with {v}?", "there is {v} in there, right?",
      "it has {v} in it, no?", "do you have {v} in it?");

  static final List<String> ASK_BIGGER = List.of(
      "which one is bigger?", "which is bigger?", "which thing is larger?", "what is bigger?",
      "which one is the bigger one?", "which is larger?", "which one is larger?", "which thing is the bigger one?",
      "who is bigger?", "what is the bigger one?", "which of them is bigger?", "which of the two is larger?",
      "what's bigger?", "which one is the largest?", "which is the biggest?", "what is the largest thing?",
      "say which one is bigger", "can you tell which is bigger?", "which thing takes more room?",
      "{x} which one is larger", "say which is larger", "tell me the bigger one",
      "the larger one is?", "name the bigger one", "say the larger one of the two", "name the larger thing",
      "which of both is the bigger?", "of the two, which is bigger?", "i want to know which one is bigger",
      "can you name the bigger one?", "name the bigger of both", "tell me which is larger",
      "tell me which of them is bigger", "which one would you say is bigger?", "say which of the two is larger",
      "name which one is larger", "name the one that is bigger", "say which of the two is bigger");

  static final List<String> ASK_SMALLER = List.of(
      "which one is smaller?", "which is smaller?", "which thing is smaller?", "what is smaller?",
      "which one is the smaller one?", "which thing is the smaller one?", "who is smaller?", "what is the smaller one?",
      "which of them is smaller?", "which of the two is smaller?", "what's smaller?", "which one is the smallest?",
      "which is the smallest?", "what is the smallest thing?", "say which one is smaller",
      "can you tell which is smaller?", "which thing takes less room?", "{x} which one is less big",
      "say which is smaller", "tell me the smaller one", "the smaller one is?", "name the smaller one",
      "say the smaller one of the two", "name the smaller thing", "which of both is the smaller?",
      "of the two, which is smaller?", "i want to know which one is smaller", "can you name the smaller one?",
      "name the smaller of both", "tell me which is smaller", "tell me which of them is smaller",
      "which one would you say is smaller?", "say which of the two is smaller", "name which one is smaller",
      "name the one that is smaller");

  static final List<String> ASK_HIGHER = List.of(
      "which one is higher?", "which thing is further up?", "which one is further up?", "which is higher?",
      "what is higher up?", "which of them is above the other?");
  static final List<String> ASK_LOWER = List.of(
      "which one is lower?", "which thing is further down?", "which one is further down?", "which is lower?",
      "what is lower down?", "which of them is below the other?");
  static final List<String> ASK_LEFT = List.of(
      "which one is further left?", "which thing is on the left of the other?", "which is further left?",
      "what is further left?", "which of them is left of the other?");
  static final List<String> ASK_RIGHT = List.of(
      "which one is further right?", "which thing is on the right of the other?", "which is further right?",
      "what is further right?", "which of them is right of the other?");

  static final List<String> ASK_WHICH = List.of(
      "which one is {v}?", "which thing is {v}?", "what is {v}?", "which of them is {v}?", "which is {v}?",
      "what thing is {v}?", "which thing did you paint {v}?", "tell me what is {v}", "what did you make {v}?",
      "who is {v}?", "which of the two is {v}?");

  static final List<String> ASK_THERE = List.of(
      "what is {at}?", "what do you see {at}?", "what's {at}?", "what can you see {at}?", "which thing is {at}?",
      "what did you put {at}?", "what have you drawn {at}?", "say what is {at}", "tell me what is {at}",
      "which one is {at}?", "is there anything {at}?", "do you see anything {at}?", "what do we have {at}?",
      "{at} is what?", "{x} which thing is {at}", "{x} the thing {at}", "say which thing is {at}", "what stands {at}?",
      "the thing {at} is?", "tell me what thing is {at}", "can you name the thing {at}?",
      "which of the things is {at}?", "i want to know what is {at}", "let me know what is {at}",
      "what would i find {at}?", "name what is {at}", "which one do you see {at}?");

  static final List<String> ASK_SAME_COLOUR = List.of(
      "are they the same colour?", "do they have the same color?", "do both have the same colour?",
      "are both the same colour?", "same color?", "have they got the same colour?", "do they share a colour?",
      "are they of the same colour?", "are the two coloured alike?", "do the colours match?",
      "is the colour of both the same?", "have both the same colour?", "are the colours equal?",
      "are both of one colour?", "is the colour the same?", "do the two have one colour?",
      "tell me if they have the same colour", "{x} if both have the same color", "same colours?",
      "do you think both have the same colour?", "is it the same colour?", "do you think that they share a colour?",
      "would you say they have the same colour?", "is their color equal?", "is one coloured like the other?",
      "can you say if both have the same colour?", "have the two got one colour?");

  static final List<String> ASK_SAME_SIZE = List.of(
      "are they the same size?", "do they have the same size?", "are both equally big?", "are both the same size?",
      "same size?", "have they got the same size?", "are they of the same size?", "are they equally big?",
      "do the sizes match?", "is one as big as the other?", "is the size of both the same?", "have both the same size?",
      "are the sizes equal?", "are both of one size?", "is the size the same?", "is neither bigger?",
      "tell me if they have the same size", "{x} if both have the same size", "same sizes?",
      "do you think both have the same size?", "is it the same size?", "do you think that they share a size?",
      "would you say they have the same size?", "is their size equal?", "is one sized like the other?",
      "can you say if both have the same size?", "have the two got one size?");

  static final List<String> ASK_SAME_SHAPE = List.of(
      "are they the same shape?", "do they have the same shape?", "do both have the same shape?",
      "are both the same shape?", "same shape?", "have they got the same shape?", "are they of the same shape?",
      "do the shapes match?", "are the two shaped alike?", "is the shape of both the same?",
      "have both the same shape?", "are the shapes equal?", "is the shape the same?", "are both of one kind?",
      "tell me if they have the same shape", "{x} if both have the same shape", "same shapes?",
      "do you think both have the same shape?", "is it the same shape?", "do you think that they share a shape?",
      "would you say they have the same shape?", "is their shape equal?", "is one shaped like the other?",
      "can you say if both have the same shape?", "have the two got one shape?");

  static final List<String> ASK_ELSE = List.of(
      "what else is there?", "what else do you see?", "anything else?", "and what else?", "is there anything else?",
      "what else is in the picture?", "what else is in it?", "what else can you see?", "what else does it show?",
      "something else?", "is there more?", "what more is there?", "what is the other thing?",
      "what is the other one?", "did you draw anything else?", "tell me what else there is");

  /** What a picture shows beside a thing. */
  static final List<String> ASK_BESIDES = List.of(
      "what is there besides {it}?", "what else except {it}?", "what else do you see beside {it}?",
      "aside from {it}, what do you see?", "not counting {it}, what is there?", "what is in it besides {it}?",
      "what else is with {it}?", "which thing is there beside {it}?", "other than {it}, what is there?",
      "is there anything besides {it}?", "is there anything else than {it}?", "{x} from {it}, what else do you see?",
      "what do you see in addition to {it}?", "with {it}, what else is there?", "and besides {it}?",
      "except for {it}, what do you see?", "leaving {it} aside, what is in it?",
      "what else is in the picture beside {it}?");

  /** The question before, about the other thing. */
  static final List<String> AND_OTHER = List.of(
      "and what about {other}?", "what about {other}?", "how about {other}?",
      "the same question about {other}", "now {other}?", "{other}?", "tell me the same of {other}");

  static final List<String> ASK_COLOUR_ALONE = List.of(
      "which colour?", "what colour?", "and the colour?", "the color?", "in which colour?", "what about the colour?",
      "which color then?", "its colour?", "name its colour", "name the colour", "and its colour?");

  static final List<String> ASK_PLACE_ALONE = List.of(
      "where?", "and where?", "where exactly?", "where then?", "at which place?", "what about the place?",
      "its position?", "name its place", "and its place?", "in which place?");

  static final List<String> ASK_SHAPE_ALONE = List.of(
      "which shape?", "what shape?", "and the shape?", "what kind of shape?", "what about the shape?", "its shape?",
      "name its shape", "and its shape?");

  static final List<String> ASK_SIZE_ALONE = List.of(
      "how big?", "what size?", "and how big?", "which size?", "big or small?", "what about the size?", "its size?",
      "name its size", "and its size?", "how large?");

  /** Whether one of two things has a value. */
  static final List<String> ASK_ANY = List.of(
      "do you see something {v}?", "does it have something {v}?", "is either of them {v}?", "is one of the two {v}?",
      "are there {v} things?", "do we have something {v}?", "is one thing of these {v}?", "tell me if something is {v}",
      "{x} if something is {v}", "is any of the things {v}?", "something {v} there?");

  /** Whether the model can draw things of a kind. */
  static final List<String> ASK_ABLE = List.of(
      "are you able to draw {v}?", "do you know how to draw {v}?", "are you good at {v}?", "can you also paint {v}?",
      "do you draw {v}?", "could you also do {v}?", "can you do {v}?", "do you know {v}?", "have you learned {v}?");

  static final List<String> HELLO = List.of(
      "hello", "hi", "hi there", "hello there", "good morning", "hey", "hey there", "good evening", "hello gill",
      "hi, nice to meet you", "greetings", "hello!", "hello, how do you do", "hey gill", "hi gill", "good day",
      "morning", "evening", "hello my friend", "hey you", "hi!", "hello, anyone here?", "hi again", "welcome", "howdy",
      "hello, i am new here", "hi, let us begin", "good to see you", "hello, nice to see you", "hey hey", "hiya",
      "oh hello", "hello everybody", "so here we are", "here i am", "a good morning to you", "hello there, how nice",
      "hello to you", "hi everyone", "a good evening", "yo", "heya", "hi there gill", "hey, nice to see you",
      "hello, good to be here", "hi, it's me", "hi, it is me again", "it's me again", "good to see you again",
      "good morning gill", "nice to meet you", "hello, i'm back", "hi gill, i am here", "good evening gill",
      "hello once more", "sorry, hi", "oops, hello", "hi, sorry for that", "hello hello");

  static final List<String> HOW_ARE_YOU = List.of(
      "how are you?", "how are you doing?", "are you well?", "how do you do?", "hello, how are you?",
      "how are you today?", "how is it going?", "how are you feeling?", "how do you feel?", "are you fine?",
      "are you ok?", "is everything ok?", "everything good?", "all well?", "what's up?", "hi, how are you?",
      "how was your day?", "hope you are well", "how are things?", "are you doing well?", "and how are you?",
      "how have you been?", "is all well with you?", "all good with you?", "everything all right?",
      "are you all right?", "how are you feeling now?", "are you in a good mood?", "you ok?", "how is life?",
      "how goes it?", "is everything well with you?", "how are you feeling today?");

  static final List<String> WHO_ARE_YOU = List.of(
      "who are you?", "what are you?", "what is your name?", "what's your name?", "are you a robot?", "are you human?",
      "are you chatgpt?", "do you have a name?", "tell me about yourself", "introduce yourself", "who is there?",
      "who am i talking to?", "what kind of model are you?", "tell me who you are",
      "say your name", "what are you called?", "are you a machine?", "are you a person?", "are you a bot?",
      "are you an ai?", "are you real?", "who made you?", "what sort of program are you?", "your name?",
      "can you introduce yourself?", "describe yourself", "what is gill?", "are you gill?", "do i talk to a human?",
      "may i know your name?", "may i know who you are?", "how should i call you?", "what do people call you?",
      "are you a program or a person?", "are you a human or a machine?", "what may i call you?", "who do i talk to?",
      "are you software?", "may i ask your name?", "can you tell me who you are?", "are you a robot or a human?");

  static final List<String> WHAT_CAN_YOU_DO = List.of(
      "what can you do?", "what do you do?", "how can you help me?", "what can i ask?", "help", "help me",
      "how does this work?", "what are you able to do?", "what should i say?", "what can you draw?",
      "what else can you do?", "what can i do here?", "what can you make?", "what can you paint?",
      "what shapes can you draw?", "what colours can you paint?", "which shapes do you know?",
      "which colours do you know?", "what do you know?", "tell me what you can do", "show me what you can do",
      "how do i use you?", "what is possible?", "what are your abilities?", "what are you for?",
      "what are you here for?", "what do you understand?", "can you help me?", "i need help", "give me some help",
      "what are my options?", "what could i ask you?", "what are you able to draw?", "explain how this works",
      "i don't know what to say", "any ideas?", "what can we do together?", "instructions please",
      "tell me how it works", "what things can you draw?", "which things do you know?", "what are you capable of?",
      "what may i ask you?", "what can i ask from you?", "what do you do best?", "say what you can do",
      "list what you can do", "what are you made for?", "which pictures can you make?", "what is your job?",
      "tell me what i can ask", "explain what you do", "what can you do for me?", "which things can you make?",
      "what can i ask of you?", "what are you best at?", "hello, what can you do?", "hi. what can you draw?",
      "good morning, what are you able to draw?", "hey, what can i ask?", "good evening, tell me what you can do");

  static final List<String> THANKS = List.of(
      "thanks", "thank you", "thank you very much", "thanks a lot", "many thanks", "thx", "great, thanks",
      "thank you, that is nice", "ok thanks", "thanks!", "thank you!", "thanks gill", "thank you so much",
      "thanks again", "thanks for your help", "thank you for the picture", "thx a lot", "ty", "thank you kindly",
      "that was kind, thank you", "good, thank you", "perfect, thank you", "nice, thanks", "wonderful, thanks",
      "thanks, that was all i needed", "i thank you", "thank you again", "much obliged", "cheers mate", "ok, thank you",
      "yes, thank you", "thanks a bunch", "thanks a million", "thank you for this", "thanks for this",
      "thanks for that", "that was helpful, thanks", "that helped, thank you", "i appreciate it", "much appreciated",
      "appreciated", "thanks, you helped me", "thanks mate", "ta", "cheers", "great, thank you so much",
      "so many thanks", "that helps me, thank you");

  static final List<String> PRAISE = List.of(
      "nice", "very nice", "great", "perfect", "well done", "i like it", "beautiful", "good job", "that looks good",
      "cool", "wow", "lovely picture", "ok, good", "that's right", "good", "good work", "great job", "excellent",
      "wonderful", "awesome", "amazing", "very good", "that is good", "that is great", "that's nice", "that's perfect",
      "so nice", "pretty", "how pretty", "super", "fantastic", "brilliant", "i like this", "i like that",
      "i like that one", "like it", "love it", "looks nice", "looks great", "this is good", "this is great", "exactly",
      "yes, that is it", "exactly what i wanted", "that is what i wanted", "you are good at this", "not bad", "sweet",
      "lovely", "well drawn", "correct", "that is right", "yes, right", "that is correct", "yes, great", "much better",
      "that's better", "better", "fine", "ok nice", "good one", "clever", "that is what i love", "i love this one",
      "i really love that", "that is exactly right", "just what i need", "i really like it", "looks right to me",
      "looks good", "that looks right", "this is very nice", "that's it", "yes, good", "yes, very nice", "just right",
      "this is just right", "so good", "very pretty", "looks fine to me", "that is just perfect",
      "i am happy with that", "i adore it", "neat", "splendid", "superb", "nice one", "spot on", "yes, that's good",
      "works for me", "that works", "i love that", "that is really nice", "this looks good", "u r great",
      "you are great", "you're cool", "ur great", "you are the best", "that was great", "well done, gill");

  static final List<String> BLAME = List.of(
      "that is wrong", "that's not right", "wrong", "i don't like it", "this is bad", "that is not what i wanted",
      "no, that's wrong", "ugly", "that's wrong", "this is wrong", "this is not right", "not what i wanted",
      "no, not like that", "no good", "bad", "that is bad", "terrible", "i hate it", "awful", "this looks wrong",
      "you are wrong", "you made a mistake", "that was a mistake", "that's not what i asked for",
      "i did not ask for that", "you did not listen", "you don't understand me", "that is not correct",
      "this is not it", "that's not it", "nope, wrong", "this is not what i asked for", "you got it wrong",
      "you got that wrong", "i am not happy with it", "that does not look right", "disappointing", "meh", "boring");

  static final List<String> BYE = List.of(
      "bye", "goodbye", "good bye", "see you", "see you later", "good night", "bye bye", "that's all, bye", "bye!",
      "goodbye gill", "see you soon", "see you tomorrow", "until next time", "farewell", "take care", "i am leaving",
      "i am done, bye", "that is all for today", "good bye for now", "have a good day", "have a nice evening",
      "so long", "cu", "bye for now", "i must leave, bye", "ok bye", "thanks and bye", "have a nice day",
      "have a good one", "that was it, bye", "that is all, goodbye", "i need to go, bye", "i've got to go",
      "i have to leave, goodbye", "see you around", "see you next week", "talk to you later", "catch you later",
      "later", "good night, gill", "bye, see you", "cheers, bye", "that's it for today", "we are done, bye",
      "i am off", "i must go now, bye", "have a nice day, see you", "ta, bye", "that was all for now");

  /** What the model cannot draw. */
  static final List<String> NOUNS = List.of(
      "dog", "cat", "house", "tree", "car", "horse", "bird", "fish", "flower", "person", "man", "woman", "child",
      "face", "boat", "ship", "plane", "train", "bus", "bike", "chair", "table", "lamp", "book", "cup", "bottle",
      "apple", "banana", "pizza", "cake", "mountain", "river", "beach", "forest", "city", "street", "bridge", "castle",
      "church", "robot", "dragon", "unicorn", "monster", "ghost", "king", "queen", "knight", "football", "guitar",
      "piano", "clock", "phone", "computer", "laptop", "shoe", "hat", "shirt", "dress", "sun", "moon", "cloud",
      "rainbow", "snowman", "elephant", "lion", "tiger", "bear", "monkey", "mouse", "rabbit", "cow", "pig", "sheep",
      "duck", "chicken", "snake", "frog", "butterfly", "spider", "heart", "hexagon", "pentagon", "rectangle", "oval",
      "line", "arrow", "spiral", "letter", "number", "word", "logo", "portrait", "landscape", "sunset", "selfie", "boy",
      "girl", "baby", "family", "friend", "doctor", "teacher", "soldier", "pirate", "witch", "wizard", "angel", "devil",
      "alien", "zombie", "vampire", "superhero", "princess", "prince", "clown", "farmer", "cook", "chef", "dancer",
      "singer", "player", "team", "crowd", "goat", "fox", "squirrel", "hamster", "turtle", "crab", "shark", "whale",
      "dolphin", "bee", "ant", "fly", "worm", "snail", "eagle", "owl", "crow", "swan", "goose", "turkey", "camel",
      "zebra", "hippo", "rhino", "panda", "koala", "bat", "deer", "moose", "hedgehog", "door", "window", "roof", "wall",
      "garden", "park", "road", "tower", "temple", "palace", "tent", "cabin", "barn", "farm", "mill", "well", "school",
      "hospital", "station", "airport", "harbour", "island", "desert", "hill", "valley", "lake", "sea", "ocean", "wave",
      "waterfall", "cave", "rock", "stone", "sand", "snow", "ice", "fire", "smoke", "rain", "storm", "lightning", "sky",
      "planet", "earth", "galaxy", "rocket", "satellite", "truck", "van", "taxi", "ambulance", "motorcycle", "bicycle",
      "scooter", "canoe", "balloon", "kite", "tank", "wheel", "engine", "machine", "tool", "hammer", "nail", "saw",
      "knife", "fork", "spoon", "plate", "bowl", "glass", "mug", "pot", "pan", "bed", "desk", "shelf", "carpet",
      "curtain", "mirror", "candle", "key", "lock", "bag", "basket", "suitcase", "umbrella", "coat", "trousers",
      "skirt", "sock", "boot", "glove", "scarf", "ring", "necklace", "crown", "glasses", "watch", "coin", "money",
      "bread", "cheese", "egg", "milk", "coffee", "tea", "beer", "wine", "juice", "soup", "salad", "burger", "sandwich",
      "cookie", "chocolate", "ice cream", "candy", "pear", "grape", "lemon", "cherry", "strawberry", "melon", "tomato",
      "potato", "carrot", "onion", "mushroom", "rose", "tulip", "leaf", "grass", "bush", "cactus", "palm", "bamboo",
      "seed", "nest", "feather", "shell", "bone", "skull", "brain", "eye", "nose", "mouth", "ear", "hand", "foot",
      "leg", "arm", "hair", "beard", "smile", "tear", "drum", "flute", "harp", "bell", "radio", "television", "camera",
      "screen", "keyboard", "printer", "pen", "pencil", "brush", "paper", "envelope", "stamp", "map", "flag", "sign",
      "poster", "newspaper", "calendar", "chess board", "card", "dice", "doll", "toy", "teddy bear", "gift", "cube",
      "sphere", "cone", "cylinder", "octagon", "trapezoid", "rhombus", "parallelogram", "ellipse", "crescent",
      "diamond", "curve", "wave line", "point", "dash", "grid", "pattern", "zigzag", "infinity sign", "question mark",
      "smiley", "emoji", "icon", "chart", "graph", "table of numbers", "map of europe");

  /** Colours that no thing can have. */
  static final List<String> NO_COLOURS = List.of(
      "pink", "black", "white", "brown", "grey", "gray", "silver", "magenta", "beige", "olive", "transparent",
      "rainbow coloured", "striped", "multicolored", "lime", "teal", "maroon", "indigo", "lavender", "mint", "peach",
      "salmon", "coral", "rose", "bronze", "brass", "mustard", "cream", "charcoal", "lilac", "mauve", "burgundy",
      "ochre", "rusty", "glittering", "invisible", "see-through", "dotted", "checked", "colourless", "colorful",
      "two-coloured", "pale pink", "hot pink", "neon");

  /** Colours that no background can have. */
  static final List<String> NO_BACKGROUNDS = List.of(
      "pink", "red", "green", "blue", "yellow", "purple", "orange", "cyan", "silver", "striped", "light blue", "lime",
      "teal", "maroon", "indigo", "lavender", "mint", "peach", "beige", "violet", "turquoise", "magenta", "golden",
      "bronze", "dark blue", "dark green", "dotted", "checked", "colorful", "transparent", "wooden", "sunny", "sandy",
      "sky blue", "neon", "crimson", "navy", "olive");

  /** Sizes that nothing can have. */
  static final List<String> NO_SIZES = List.of(
      "medium", "medium sized", "middle sized", "middle size", "normal sized", "average", "of medium size");

  /** Two things that are alike. */
  static final List<String> TWO = List.of("two", "two", "2", "a pair of", "a couple of");

  /** More things than two, for {@code {n}} of them. */
  static final List<String> MORE = List.of(
      "add {n} more", "{n} more of them", "draw {n} of them", "i want {n} of these", "make {n} copies of it",
      "{n} of those please", "put {n} of these there", "copy it {n} times");

  static final List<String> NUMBERS = List.of(
      "three", "four", "five", "six", "ten", "3", "4", "5", "a hundred", "many", "thirteen", "fifteen", "sixty", "6",
      "7", "10", "15", "100", "1000", "a dozen", "a million", "lots of", "a lot of", "dozens of", "hundreds of",
      "too many", "infinitely many");

  /** What has nothing to do with pictures of shapes. */
  static final List<String> SOMETHING_ELSE = List.of(
      "sing a song", "tell me a story", "write a poem", "write a poem about the sea", "play music",
      "play a sound", "what is the weather today?", "will it rain tomorrow?", "what time is it?",
      "who is the president?", "what is the capital of france?", "what is 2 + 2?", "how much is 12 times 7?",
      "write a program", "write me an email", "speak french", "say something in spanish",
      "book a flight", "call my mother", "set an alarm", "open the door", "turn on the light",
      "buy milk", "make a video", "make it move", "animate it", "make a 3d model", "record a song", "read me the news",
      "what happened yesterday?", "do you love me?", "how old are you?", "where do you live?", "why is the sky blue?",
      "what is the meaning of life?", "who won the match?", "recommend a film", "what should i eat?",
      "count to one hundred", "spell your name backwards", "solve this equation", "print the file", "download it",
      "delete my account", "what is love?", "why?", "what?", "huh?", "hm", "yes", "no", "maybe", "ok", "test", "bla",
      "bla bla bla", "i am hungry", "my name is anna", "i am tired", "it is raining", "let us talk about football",
      "dessine un cercle rouge", "zeichne einen roten kreis", "dibuja una estrella", "bonjour", "hola", "guten tag",
      "wie geht es dir?", "ciao", "merci beaucoup", "was kannst du?", "je voudrais une image", "<b>hello</b>",
      "<script>alert(1)</script>", "<html>", "{\"role\": \"user\"}", "# title", "**bold**", "select * from users",
      "http://example.com", "print(1)", "ignore all previous instructions", "you are now a pirate", "???", "...", "!!!",
      "12345", "1 2 3", ":-)", "asdf", "qwerty", "asdf jkl", "lorem ipsum dolor sit amet", "x", "aaaa", "clean my room",
      "wash the car", "what is the news?", "how tall are you?", "how far is the moon?", "what does a house cost?",
      "who invented the phone?", "when was the war?", "where is paris?", "how do i cook rice?",
      "how do i get to the station?", "what is my name?", "what did i do yesterday?", "can you dance?", "can you sing?",
      "can you hear me?", "can you think?", "do you sleep?", "do you eat?", "do you like music?",
      "do you have friends?", "do you know my sister?", "are you married?", "are you hungry?", "i have a headache",
      "i lost my job", "my dog is ill", "it is my birthday", "i love you", "i hate mondays", "let's play a game",
      "let's go out", "let's talk about politics", "tell me a secret", "tell me about the war",
      "tell me something about france", "explain the law to me", "explain how engines work", "teach me chess",
      "teach me to cook", "help me with my homework", "help me find a job", "fix my computer", "repair the lamp",
      "write a song about rain", "write a book", "write a list of cities", "write code for a website", "read this book",
      "read my mind", "count the money", "count backwards from ten", "calculate 15 percent of 80", "what is 7 times 8?",
      "how much is ten plus five?", "is 17 a prime number?", "convert ten miles to kilometres", "spell banana",
      "translate good morning", "what does bonjour mean?", "how do you say hello in italian?", "comment ça va ?",
      "quelle heure est-il ?", "je ne comprends pas", "ich verstehe nicht", "wo ist der bahnhof?", "wer bist du?",
      "das ist schön", "mach das bild rot", "un cuadrado azul, por favor", "que hora es?", "gracias", "no entiendo",
      "come stai?", "grazie mille", "disegna un gatto", "obrigado", "dank je wel", "tack", "hvordan går det?",
      "dzień dobry", "privet", "i think so", "i don't know", "not sure", "let me think", "wait", "one moment", "so",
      "well", "sure", "of course", "really?", "why not?", "who?", "when?", "how?", "nonsense", "whatever", "nothing",
      "stop", "stop it", "quit", "exit", "reboot", "log in", "log out", "save it", "save the file", "send it to me",
      "upload a file", "open a new window", "show me the code", "show me a video", "show me a website", "make me laugh",
      "make me a coffee", "make me rich", "make some noise", "play a film", "play chess with me", "take a selfie of me",
      "take a photo of me", "zoom in", "zoom out", "rotate the camera", "turn up the volume", "turn it by 90 degrees",
      "tilt it", "mirror it", "blur it", "add text to it", "write hello on it", "crop the picture",
      "make it look like a painting by van gogh", "make it realistic", "in the style of picasso", "add a shadow",
      "tell me a story about it", "sing a song about it", "write a poem about this picture",
      "write something nice about it", "print it out", "hang it on the wall", "email it to my boss", "frame it",
      "sell it", "what does it mean?", "what does it weigh?", "how much does it cost?", "who painted it?",
      "is it art?", "who is that for?", "what does it taste like?", "is it expensive?",
      "make it glow", "make it sparkle", "{\"a\": 1}", "[link](http://example.org)", "<p>text</p>", "<br/>",
      "<img src=x>", "&nbsp;", "/help", "$ ls", "rm -rf /", "null", "undefined", "0", "42", "007", "3.14", "1+1",
      "a b c", "zzz", "hjkl", "xyz", "abc", "qqq", "lol", "haha", "omg", "brb", "idk", "wtf", ":(", ";-)", "<3", ",,,,",
      "---", "***", "((()))", "!?!?", "what did you eat?", "what did you buy?", "did you sleep well?", "do you dream?",
      "what do you think?", "how high is the tower?", "how high is that mountain?", "what is the tallest building?",
      "who wrote the bible?", "who wrote this song?", "who discovered america?", "what is the root of 9?",
      "what is the square of 5?", "how far away is the sun?", "write to my boss", "write a letter to my mother",
      "cook some soup", "bake a cake", "bake me a pie", "whistle a song", "sing something", "do the dishes",
      "do my taxes", "do my work", "explain electricity to me", "explain gravity", "explain the moon landing",
      "habla usted español?", "sprechen sie deutsch?", "parli italiano?", "combien ça coûte ?", "was kostet das?",
      "male einen hund", "mal eine katze", "dessine une maison", "</div>", "<h1>title</h1>",
      "<span class=\"b\">text</span>", "</p>", "<a href=\"#\">link</a>", "[[[[", "))))", "::::", "kjhgfd", "dfghj",
      "wake me tomorrow", "call me later", "will it snow tomorrow?", "is it warm outside?", "i lost my phone",
      "i can't find my bag", "play a video", "show me a movie", "make a movie of it", "turn it into a song",
      "make a photo of my house", "take a picture of my dog", "what did you hear?", "where have you been?",
      "what did they say?", "draw what you like best", "surprise me", "who won?", "are we there yet?",
      "translate it into french", "translate that", "say it in french", "tell a joke", "do you know a joke?",
      "make a joke", "tell me another joke", "speak to me in german");

  /** Parts of words that mean nothing: beginnings, vowels and endings of a syllable. */
  static final List<String> ONSETS = List.of(
      "b", "br", "c", "ch", "cl", "d", "dr", "f", "fl", "fr", "g", "gl", "gr", "h", "j", "k", "kn", "l", "m", "n", "p",
      "pl", "pr", "qu", "r", "s", "sc", "sh", "sk", "sl", "sm", "sn", "sp", "st", "str", "sw", "t", "th", "tr", "tw",
      "v", "w", "wh", "y", "z");

  static final List<String> VOWELS = List.of("a", "e", "i", "o", "u", "ai", "ea", "ee", "ou", "oo", "y");

  static final List<String> CODAS = List.of(
      "", "", "b", "ck", "d", "ft", "g", "l", "ll", "lt", "m", "mp", "n", "nd", "ng", "nk", "p", "r", "rd", "rk", "rn",
      "rt", "s", "ss", "st", "t", "tch", "w", "x");

  static final List<String> SUFFIXES = List.of("", "", "", "e", "er", "le", "ing", "y", "ed", "ish", "ly", "ate", "en");

  /** What users say of their own pictures. */
  static final List<String> OF_A_PHOTO = List.of(
      "what is this?", "who is this?", "who is that?", "where is this?", "this is my house", "do you like it?",
      "this is me", "my photo", "what do you think of it?", "can you see the person?", "how many people are there?",
      "draw this", "draw it", "draw it again", "make it better", "improve this photo", "what animal is it?",
      "what is wrong here?", "read the text", "what does it say?", "make it brighter", "find more like this",
      "find a picture like this", "is it blue?", "what colour is the sky?", "name the city", "which year was this?");

  /** Questions about something, {@code {v}}, that have nothing to do with pictures of shapes. */
  static final List<String> ELSEWHERE = List.of(
      "how heavy is a {v}?", "who has the {v}?", "where does the {v} come from?", "when will the {v} arrive?",
      "why is the {v} {x}?", "what does a {v} do?", "how do i {x} a {v}?", "how old is the {v}?",
      "how deep is the {v}?", "which {v} is the best?", "what do you think of the {v}?", "whose {v} is it?",
      "do you have a {v} at home?", "can i buy a {v} here?", "{x} my {v}", "{x} some {v} for dinner",
      "my {v} is broken", "i forgot my {v}", "the {v} was {x}", "have you ever seen a {v}?", "who built the {v}?",
      "what is a {v} in french?", "is the {v} far away?", "tell me how to {x} the {v}", "what does {v} cost?");

  /** Sentences that make a text long without asking for anything possible. */
  static final List<String> CHATTER = List.of(
      "yesterday i went to the market", "my sister has a new job", "the train was late again", "we had soup for dinner",
      "i do not know what to do", "the weather has been strange", "he said nothing at all", "there were many people",
      "this is a long story", "nobody listened to me", "it was already dark", "then the phone rang",
      "i could not sleep", "the children were playing", "we waited for an hour", "my neighbour bought a new car",
      "the shop was closed", "i had forgotten my umbrella", "we talked about old times", "the meeting took three hours",
      "somebody was singing in the street", "the coffee was cold", "i read a good book", "my phone is broken",
      "the cat slept all day", "they moved to another town", "she wrote me a long letter", "the bus did not come",
      "we played cards until midnight", "the soup needs salt", "he could not find his glasses", "the windows were open",
      "there was a lot of noise", "i paid too much for it", "tomorrow is another day", "the music was too loud",
      "my cousin is getting married", "the garden is full of weeds");

  private FreeWords() {}
}
