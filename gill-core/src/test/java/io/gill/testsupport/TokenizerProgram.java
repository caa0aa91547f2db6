package io.gill.testsupport;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;

/**
 * Stands in for the jar of Stanford CoreNLP: splits at spaces and before stops and commas. The caption "stop" ends the
 * program, "hush" keeps it busy, and "drop" gets no line.
 */
public final class TokenizerProgram {
  private static final String SOURCE = """
      package edu.stanford.nlp.process;

      import java.io.PrintStream;
      import java.nio.charset.StandardCharsets;
      import java.util.List;

      public final class PTBTokenizer {
        public static void main(String[] arguments) throws Exception {
          if (!List.of(arguments).equals(List.of("-preserveLines", "-lowerCase"))) {
            throw new IllegalArgumentException(String.join(" ", arguments));
          }
          PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
          System.err.println("PTBTokenizer tokenizes");
          String text = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
          String between = "";
          for (String line : text.split("\\n", -1)) {
            if (line.equals("stop")) {
              System.exit(3);
            } else if (line.equals("hush")) {
              Thread.sleep(Long.MAX_VALUE);
            } else if (!line.equals("drop")) {
              out.print(between + line.toLowerCase().replaceAll("([.,])", " $1"));
              between = "\\n";
            }
          }
          out.flush();
        }
      }
      """;

  private TokenizerProgram() {}

  /**
   * Writes the program.
   *
   * @param folder the folder for it
   * @return the jar
   */
  public static Path write(Path folder) throws IOException {
    Path classes = Files.createDirectories(folder.resolve("classes"));
    Path source = Files.writeString(folder.resolve("PTBTokenizer.java"), SOURCE);
    int failed =
        ToolProvider.getSystemJavaCompiler().run(null, null, null, "-d", classes.toString(), source.toString());
    if (failed != 0) {
      throw new IllegalStateException("the stand-in does not compile");
    }
    Path jar = folder.resolve("stanford-corenlp-3.4.1.jar");
    String name = "edu/stanford/nlp/process/PTBTokenizer.class";
    try (OutputStream file = Files.newOutputStream(jar); JarOutputStream out = new JarOutputStream(file)) {
      out.putNextEntry(new JarEntry(name));
      Files.copy(classes.resolve(name), out);
      out.closeEntry();
    }
    return jar;
  }
}
