package io.gill.evaluation;

import java.util.List;
import java.util.Scanner;

/**
 * Speaks as METEOR's program does, with made-up numbers: a caption's score is its number of words by its number of
 * references. The caption "stop" ends the program, and "babble" spoils a score.
 */
final class LineProgram {
  private LineProgram() {}

  public static void main(String[] arguments) {
    if (!List.of(arguments).equals(List.of("-", "-", "-stdio", "-l", "en", "-norm"))) {
      throw new IllegalArgumentException(String.join(" ", arguments));
    }
    Scanner input = new Scanner(System.in);
    while (input.hasNextLine()) {
      String[] parts = input.nextLine().split(" \\|\\|\\| ", -1);
      if (parts[0].equals("SCORE")) {
        String caption = parts[parts.length - 1];
        if (caption.equals("stop")) {
          throw new IllegalStateException("no paraphrases");
        }
        System.out.println(caption.equals("babble") ? "babble" : caption.split(" ").length + " " + (parts.length - 2));
      } else {
        for (int i = 1; i < parts.length; i++) {
          String[] numbers = parts[i].split(" ");
          System.out.println(numbers.length == 1 ? parts[i]
              : Double.toString(Double.parseDouble(numbers[0]) / Double.parseDouble(numbers[1])));
        }
        System.out.println("0.125");
      }
    }
  }
}
