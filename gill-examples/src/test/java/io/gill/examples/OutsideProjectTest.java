package io.gill.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Projects that import the BOM and depend on all modules, as the README describes. */
class OutsideProjectTest {
  private static final Path ROOT_POM = Path.of("..", "pom.xml").toAbsolutePath();

  /** Below the build folder, so that a relative path between the two exists on every system. */
  private final Path folder = Path.of("target", "outside-project").toAbsolutePath();

  @Test
  void theBomManagesWhatIsOursAndItsNatives() throws Exception {
    Element root = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(ROOT_POM.toFile())
        .getDocumentElement();
    Element managed = (Element) root.getElementsByTagName("dependencyManagement").item(0);
    NodeList groups = managed.getElementsByTagName("groupId");
    assertThat(groups.getLength()).isGreaterThan(5);
    for (int i = 0; i < groups.getLength(); i++) {
      assertThat(groups.item(i).getTextContent()).isIn("io.gill", "org.bytedeco", "ai.djl.huggingface");
    }
  }

  /**
   * One Maven run for all projects. It finds our modules because they belong to the same run, not because they are
   * installed. The rules need no jar, so nothing is packaged and natives of other platforms are not fetched.
   */
  @Test
  @EnabledIfSystemProperty(named = "gill.maven.home", matches = ".+", disabledReason = "not run by Maven")
  void dependenciesConverge() throws Exception {
    String converge = "<requireUpperBoundDeps/><dependencyConvergence/>";
    project("plain", "", "", converge);
    project("guava", "", dependency("com.google.guava", "guava", "33.8.0-jre"), "<requireUpperBoundDeps/>");
    String web = dependency("org.springframework.boot", "spring-boot-starter-web", "");
    project("boot-3", boot("3.5.7"), web, converge);
    project("boot-4", boot("4.0.7"), web, converge);
    String modules = "<packaging>pom</packaging><modules><module>" + folder.relativize(ROOT_POM)
        + "</module><module>plain</module><module>guava</module><module>boot-3</module><module>boot-4</module>"
        + "</modules>";
    Files.writeString(folder.resolve("pom.xml"), pom("", "all", modules));

    String log = validate();
    assertThat(log).contains("BUILD SUCCESS");
    for (String project : List.of("plain", "guava", "boot-3", "boot-4")) {
      assertThat(log).containsPattern(" @ " + project + " ---\\R.*RequireUpperBoundDeps passed");
    }
  }

  private void project(String name, String parent, String dependencies, String rules) throws IOException {
    Files.createDirectories(folder.resolve(name));
    Files.writeString(folder.resolve(name).resolve("pom.xml"), pom(parent, name, """
          <dependencyManagement>
            <dependencies>
              <dependency>
                <groupId>io.gill</groupId><artifactId>gill</artifactId><version>0.1.0-SNAPSHOT</version>
                <type>pom</type><scope>import</scope>
              </dependency>
            </dependencies>
          </dependencyManagement>
          <dependencies>
            <dependency><groupId>io.gill</groupId><artifactId>gill-core</artifactId></dependency>
            <dependency><groupId>io.gill</groupId><artifactId>gill-diffusion</artifactId></dependency>
            <dependency><groupId>io.gill</groupId><artifactId>gill-retrieval</artifactId></dependency>
            <dependency><groupId>org.bytedeco</groupId><artifactId>pytorch-platform</artifactId></dependency>
            %s
          </dependencies>
          <build>
            <plugins>
              <plugin>
                <groupId>org.apache.maven.plugins</groupId>
                <artifactId>maven-enforcer-plugin</artifactId>
                <version>3.6.2</version>
                <executions>
                  <execution>
                    <goals><goal>enforce</goal></goals>
                    <configuration><rules>%s</rules></configuration>
                  </execution>
                </executions>
              </plugin>
            </plugins>
          </build>
        """.formatted(dependencies, rules)));
  }

  private static String pom(String parent, String name, String rest) {
    return """
        <project>
          <modelVersion>4.0.0</modelVersion>
          %s
          <groupId>com.example</groupId>
          <artifactId>%s</artifactId>
          <version>1</version>
          %s
        </project>
        """.formatted(parent, name, rest);
  }

  private static String boot(String version) {
    return """
        <parent>
          <groupId>org.springframework.boot</groupId><artifactId>spring-boot-starter-parent</artifactId>
          <version>%s</version><relativePath/>
        </parent>""".formatted(version);
  }

  private static String dependency(String group, String artifact, String version) {
    return "<dependency><groupId>" + group + "</groupId><artifactId>" + artifact + "</artifactId>"
        + (version.isEmpty() ? "" : "<version>" + version + "</version>") + "</dependency>";
  }

  /** Runs the Maven that runs this test, with its settings, local repository and network permission. */
  private String validate() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(
        Path.of(System.getProperty("gill.maven.home"), "bin", windows() ? "mvn.cmd" : "mvn").toString(),
        "-B", "-ntp", "-Dmaven.repo.local=" + System.getProperty("gill.maven.repository"),
        "-f", folder.resolve("pom.xml").toString(), "validate"));
    String settings = System.getProperty("gill.maven.settings");
    if (Files.exists(Path.of(settings))) { // settings are optional
      command.addAll(List.of("-s", settings));
    }
    if (System.getProperty("gill.maven.network").equals("offline true")) {
      command.add("-o");
    }
    Path log = folder.resolve("log");
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true)
        .redirectOutput(log.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process process = builder.start();
    if (!process.waitFor(5, TimeUnit.MINUTES)) { // the first run fetches Spring Boot's POMs
      process.destroyForcibly();
    }
    return Files.readString(log);
  }

  private static boolean windows() {
    return System.getProperty("os.name").startsWith("Windows");
  }
}
