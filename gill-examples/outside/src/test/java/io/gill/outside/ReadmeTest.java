package io.gill.outside;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Projects outside this one that consist of the README's blocks for the adapters. One Maven run builds them from our
 * installed jars. Everything else comes from the local repository of this build, which is only read.
 */
@EnabledIfSystemProperty(named = "gill.maven.home", matches = ".+", disabledReason = "not run by Maven")
class ReadmeTest {
  private static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();
  private static final List<String> MODULES = List.of("gill-core", "gill-diffusion", "gill-examples/small-world",
      "gill-examples/langchain4j", "gill-examples/spring");
  private static final Path DEPENDENCIES = Path.of("target", "dependencies.txt");

  /** The versions that this build has fetched; an application has others. */
  private static final String PLUGINS = """
      <properties><maven.compiler.release>17</maven.compiler.release></properties>
      <build>
        <plugins>
          <plugin><artifactId>maven-resources-plugin</artifactId><version>3.3.1</version></plugin>
          <plugin><artifactId>maven-compiler-plugin</artifactId><version>3.15.0</version></plugin>
          %s
        </plugins>
      </build>
      """;

  /** Rejects libraries older than others need. Spring AI itself needs a later Spring than Spring Boot manages. */
  private static final String UPPER_BOUNDS = """
      <plugin>
        <artifactId>maven-enforcer-plugin</artifactId>
        <version>3.6.2</version>
        <executions>
          <execution>
            <goals><goal>enforce</goal></goals>
            <configuration><rules><requireUpperBoundDeps/></rules></configuration>
          </execution>
        </executions>
      </plugin>
      """;

  @TempDir
  private static Path folder;

  private static String readme;

  @BeforeAll
  static void build() throws Exception {
    readme = Files.readString(ROOT.resolve("README.md"));
    Path repository = folder.resolve("repository");
    install(repository, "gill", ROOT.resolve("pom.xml"), "pom");
    for (String module : MODULES) {
      install(repository, artifact(module), ROOT.resolve(module).resolve("pom.xml"), "pom");
      install(repository, artifact(module), jar(module), "jar");
    }
    project("langchain4j", UPPER_BOUNDS);
    project("spring", "");
    Files.writeString(folder.resolve("pom.xml"), pom("all", """
        <packaging>pom</packaging>
        <modules><module>langchain4j</module><module>spring</module></modules>"""));
    Path settings = Files.writeString(folder.resolve("settings.xml"), """
        <settings>
          <mirrors><mirror><id>build</id><mirrorOf>*</mirrorOf><url>%s</url></mirror></mirrors>
        </settings>
        """.formatted(Path.of(System.getProperty("gill.maven.repository")).toUri()));
    String log = run(folder,
        Path.of(System.getProperty("gill.maven.home"), "bin", windows() ? "mvn.cmd" : "mvn").toString(), "-B", "-ntp",
        "-s", settings.toString(), "-gs", settings.toString(), "-Dmaven.repo.local=" + repository,
        "-Djavacpp.platform=" + System.getProperty("gill.native.platform"), "-DincludeScope=runtime",
        "-Dmdep.outputFile=" + DEPENDENCIES, "compile",
        "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:build-classpath");
    assertThat(log).contains("BUILD SUCCESS");
  }

  @ParameterizedTest
  @ValueSource(strings = {"langchain4j", "spring"})
  void talksThroughTheAdapter(String name) throws Exception {
    Path project = folder.resolve(name);
    String libraries = Files.readString(project.resolve(DEPENDENCIES)).strip();
    String out = run(project, Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx1g",
        "-Duser.home=" + folder, // where the bundled model is unpacked
        "-Dorg.bytedeco.javacpp.cachedir=" + Path.of(System.getProperty("user.home"), ".javacpp", "cache"),
        "-cp", Path.of("target", "classes") + File.pathSeparator + libraries, type(block(name, "java")));
    assertThat(out).containsPattern("(?m)^\\S.*\\Rpictures: 1$");
  }

  @Test
  void eachJarHasTheLicenceAndTheNotice() throws IOException {
    for (String module : MODULES) {
      try (JarFile jar = new JarFile(jar(module).toFile())) {
        assertThat(text(jar, "META-INF/LICENSE")).as(module).contains("Apache License");
        assertThat(text(jar, "META-INF/NOTICE")).as(module).contains("libtorch", "OpenBLAS", "tokenizers");
      }
    }
  }

  private static String text(JarFile jar, String name) throws IOException {
    try (var in = jar.getInputStream(jar.getJarEntry(name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static void install(Path repository, String artifact, Path file, String type) throws IOException {
    String version = System.getProperty("gill.version");
    Path target = Files.createDirectories(repository.resolve("io").resolve("gill").resolve(artifact).resolve(version));
    Files.copy(file, target.resolve(artifact + "-" + version + "." + type));
  }

  private static Path jar(String module) {
    return ROOT.resolve(module).resolve("target")
        .resolve(artifact(module) + "-" + System.getProperty("gill.version") + ".jar");
  }

  private static String artifact(String module) {
    return module.equals("gill-examples/spring") ? "gill-spring-boot-starter"
        : module.replace("gill-examples/", "gill-");
  }

  /** Writes a project of the README's BOM and the blocks of a section. */
  private static void project(String name, String plugin) throws IOException {
    Path project = Files.createDirectories(folder.resolve(name));
    Files.writeString(project.resolve("pom.xml"),
        pom(name, first("(?s)<dependencyManagement>.*?</dependencyManagement>", readme).group()
            + block(name, "xml") + PLUGINS.formatted(plugin)));
    String java = block(name, "java");
    Path source = project.resolve("src/main/java/" + type(java).replace('.', '/') + ".java");
    Files.createDirectories(source.getParent());
    Files.writeString(source, java);
  }

  /** Returns the only block of a language below the heading that begins with an adapter's name. */
  private static String block(String adapter, String language) {
    String section = first("(?ims)^### " + adapter + ".*?(?=^##)", readme).group();
    List<String> blocks = Pattern.compile("(?s)```" + language + "\n(.*?)```").matcher(section).results()
        .map(match -> match.group(1)).toList();
    assertThat(blocks).as(language + " below " + adapter).hasSize(1);
    return blocks.get(0);
  }

  private static String type(String java) {
    return first("(?m)^package (\\S+);", java).group(1) + "." + first("(?m)^class (\\w+)", java).group(1);
  }

  private static MatchResult first(String pattern, String text) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).as(pattern).isTrue();
    return matcher.toMatchResult();
  }

  private static String pom(String name, String rest) {
    return """
        <project>
          <modelVersion>4.0.0</modelVersion>
          <groupId>com.example</groupId>
          <artifactId>%s</artifactId>
          <version>1</version>
          %s
        </project>
        """.formatted(name, rest);
  }

  /** Runs a program and returns what it prints; fails if the program does. */
  private static String run(Path directory, String... command) throws IOException, InterruptedException {
    Path log = Files.createTempFile(folder, "run", ".log");
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true)
        .redirectOutput(log.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().remove("MAVEN_ARGS");
    Process process = builder.start();
    boolean ended = process.waitFor(3, TimeUnit.MINUTES);
    if (!ended) {
      process.destroyForcibly();
    }
    String out = Files.readString(log);
    assertThat(ended && process.exitValue() == 0).as(String.join(" ", command) + "\n" + out).isTrue();
    return out;
  }

  private static boolean windows() {
    return System.getProperty("os.name").startsWith("Windows");
  }
}
