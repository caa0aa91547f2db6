package io.gill.retrieval;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.hc.core5.http.HttpHost;
import org.opensearch.client.transport.OpenSearchTransport;
import org.opensearch.client.transport.httpclient5.ApacheHttpClient5TransportBuilder;

/** Real nodes on loopback, each in its own process, started from an unpacked server. */
public final class OpenSearchCluster implements AutoCloseable {
  private static final String HEAP = "-Xms700m -Xmx700m";

  private final Path folder;
  private final Path server;
  private final boolean root;
  private final List<Integer> ports = new ArrayList<>();
  private final List<Integer> transportPorts = new ArrayList<>();
  private final List<Process> nodes = new ArrayList<>();

  private OpenSearchCluster(Path folder, Path server, boolean root) {
    this.folder = folder;
    this.server = server;
    this.root = root;
  }

  /** Starts nodes and waits until they form a cluster. */
  public static OpenSearchCluster start(Path home, int count) throws Exception {
    Path folder = Files.createTempDirectory("gill-opensearch");
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    boolean root = System.getProperty("user.name").equals("root");
    Path server = folder.resolve("server");
    copy(home, server); // so that an unprivileged user can read it
    painless(server.resolve("modules/lang-painless"));
    OpenSearchCluster cluster = new OpenSearchCluster(folder, server, root);
    try {
      for (int i = 0; i < count; i++) {
        cluster.ports.add(freePort());
        cluster.transportPorts.add(freePort());
        cluster.configure(i);
      }
      for (int i = 0; i < count; i++) {
        cluster.configuration(i, count);
        cluster.nodes.add(cluster.launch(i));
      }
      cluster.await("wait_for_nodes=" + count);
      return cluster;
    } catch (Exception e) {
      cluster.close();
      throw e;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path copy = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
    try (Stream<Path> files = Files.walk(to)) {
      for (Path file : files.toList()) {
        boolean run = Files.isDirectory(file) || file.startsWith(to.resolve("bin"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(run ? "rwxr-xr-x" : "rw-r--r--"));
      }
    }
  }

  /** Adds a module that the server's artifact lacks and the k-NN plug-in extends: its jars need these two files. */
  private static void painless(Path module) throws IOException {
    Files.writeString(module.resolve("plugin-descriptor.properties"), """
        description=Painless
        version=2.19.1
        name=lang-painless
        classname=org.opensearch.painless.PainlessPlugin
        java.version=11
        opensearch.version=2.19.1
        extended.plugins=
        has.native.controller=false
        """);
    Files.writeString(module.resolve("plugin-security.policy"), """
        grant {
          permission java.lang.RuntimePermission "createClassLoader";
          permission java.lang.RuntimePermission "getClassLoader";
          permission org.opensearch.script.ClassPermission "<<STANDARD>>";
        };
        """);
  }

  private void configure(int node) throws IOException {
    Path config = config(node);
    copy(server.resolve("config"), config);
    Path options = config.resolve("jvm.options");
    List<String> lines = Files.readAllLines(options).stream()
        .filter(line -> !line.contains("gc.log") && !line.startsWith("-Xm")).toList();
    Files.write(options, lines);
    for (String name : List.of("data", "logs", "tmp")) {
      Files.createDirectories(folder.resolve(name + node));
    }
  }

  private Path config(int node) {
    return folder.resolve("config" + node);
  }

  private void configuration(int node, int count) throws IOException {
    List<String> seeds = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      seeds.add("\"" + host(i) + ":" + transportPorts.get(i) + "\"");
      names.add("node" + i);
    }
    Files.writeString(config(node).resolve("opensearch.yml"), String.join("\n",
        "cluster.name: gill-test", "node.name: node" + node, "network.host: " + host(node),
        "http.port: " + ports.get(node), "transport.port: " + transportPorts.get(node),
        "discovery.seed_hosts: [" + String.join(", ", seeds) + "]",
        "cluster.initial_master_nodes: [" + String.join(", ", names) + "]",
        "path.data: " + folder.resolve("data" + node), "path.logs: " + folder.resolve("logs" + node), ""));
  }

  private static String host(int node) {
    return "127.0.0." + (node + 1);
  }

  private Process launch(int node) throws Exception {
    List<String> command = new ArrayList<>();
    if (root) { // the server refuses to run as root
      for (String name : List.of("config", "data", "logs", "tmp")) {
        run("chown", "-R", "nobody", folder.resolve(name + node).toString());
      }
      command.addAll(List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"));
    }
    command.add(server.resolve("bin/opensearch").toString());
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
        .redirectOutput(folder.resolve("node" + node + ".log").toFile());
    builder.environment().put("OPENSEARCH_PATH_CONF", config(node).toString());
    builder.environment().put("OPENSEARCH_TMPDIR", folder.resolve("tmp" + node).toString());
    builder.environment().put("OPENSEARCH_JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("OPENSEARCH_JAVA_OPTS", HEAP);
    return builder.start();
  }

  private static void run(String... command) throws Exception {
    if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
      throw new IOException(String.join(" ", command) + " failed");
    }
  }

  /** Kills a node with SIGKILL. */
  void kill(int node) {
    nodes.get(node).destroyForcibly().onExit().join();
  }

  void restart(int node) throws Exception {
    kill(node);
    nodes.set(node, launch(node));
  }

  /** Waits for a condition of {@code _cluster/health}. */
  void await(String condition) throws Exception {
    HttpClient client = HttpClient.newHttpClient();
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(4);
    while (System.nanoTime() < deadline) {
      for (int i = 0; i < ports.size(); i++) {
        if (i < nodes.size() && nodes.get(i).isAlive()) {
          URI uri = URI.create("http://" + host(i) + ":" + ports.get(i) + "/_cluster/health?timeout=5s&" + condition);
          try {
            HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10)).build(),
                HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() == 200) {
              return;
            }
          } catch (IOException e) {
            // not up yet
          }
        }
      }
      Thread.sleep(500);
    }
    throw new IOException("the cluster did not reach " + condition + ": see " + folder);
  }

  OpenSearchTransport transport() {
    HttpHost[] hosts = new HttpHost[ports.size()];
    for (int i = 0; i < hosts.length; i++) {
      hosts[i] = new HttpHost("http", host(i), ports.get(i));
    }
    return ApacheHttpClient5TransportBuilder.builder(hosts).build();
  }

  /** Returns {@code host:port} of every node. */
  public List<String> nodes() {
    return IntStream.range(0, ports.size()).mapToObj(node -> host(node) + ":" + ports.get(node)).toList();
  }

  @Override
  public void close() throws IOException {
    for (Process node : nodes) {
      node.destroyForcibly().onExit().join();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
