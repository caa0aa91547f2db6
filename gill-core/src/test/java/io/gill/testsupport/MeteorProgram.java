package io.gill.testsupport;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Scanner;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/**
 * Speaks as METEOR's program does, with made-up numbers: a caption's score is its number of words by the number of its
 * references' words. The caption "stop" ends the program, "babble" spoils a score, and "hush" gets no answer.
 */
public final class MeteorProgram {
  private static final int NUMBERS = 23;

  private MeteorProgram() {}

  /**
   * Writes the program, and the file that it needs beside it.
   *
   * @param folder the folder for both
   * @return the program
   */
  public static Path write(Path folder) throws IOException {
    Files.createDirectories(folder.resolve("data"));
    Files.writeString(folder.resolve("data/paraphrase-en.gz"), "paraphrases");
    Path file = folder.resolve("meteor-1.5.jar");
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.MAIN_CLASS, MeteorProgram.class.getName());
    String name = MeteorProgram.class.getName().replace('.', '/') + ".class";
    try (OutputStream out = Files.newOutputStream(file); JarOutputStream jar = new JarOutputStream(out, manifest);
        InputStream code = Objects.requireNonNull(MeteorProgram.class.getClassLoader().getResourceAsStream(name))) {
      jar.putNextEntry(new JarEntry(name));
      code.transferTo(jar);
      jar.closeEntry();
    }
    return file;
  }

  /**
   * Answers the lines of the standard input.
   *
   * @param arguments those of the official scorer, and the file with the paraphrases
   */
  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 8
        || !List.of(arguments).subList(0, 7).equals(List.of("-", "-", "-stdio", "-l", "en", "-norm", "-a"))
        || !Files.readString(Path.of(arguments[7])).equals("paraphrases")) {
      throw new IllegalArgumentException(String.join(" ", arguments));
    }
    PrintStream output = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Scanner input = new Scanner(System.in, StandardCharsets.UTF_8);
    while (input.hasNextLine()) {
      String line = input.nextLine();
      String[] parts = line.split("\\|\\|\\|", -1);
      String caption = parts[parts.length - 1].strip();
      if (caption.equals("stop")) {
        throw new IllegalStateException("no paraphrases");
      } else if (caption.equals("babble")) {
        output.println("babble");
      } else if (parts[0].strip().equals("SCORE") && !caption.equals("hush")) {
        int words = 0;
        for (int i = 1; i + 1 < parts.length; i++) {
          words += parts[i].strip().split(" ").length;
        }
        output.println(caption.split(" ").length + ".0 " + words + ".0 " + "0.0 ".repeat(NUMBERS - 3)
            + line.codePoints().sum());
      } else if (parts[0].strip().equals("EVAL")) {
        double sum = 0;
        for (int i = 1; i < parts.length; i++) {
          Scanner numbers = new Scanner(parts[i]); // as METEOR reads them, in the form of the country
          output.println(numbers.hasNextDouble() ? Double.toString(numbers.nextDouble() / numbers.nextDouble())
              : parts[i].strip());
          double last = 0;
          while (numbers.hasNextDouble()) {
            last = numbers.nextDouble();
          }
          sum += last;
        }
        output.println(sum);
      }
    }
  }
}
