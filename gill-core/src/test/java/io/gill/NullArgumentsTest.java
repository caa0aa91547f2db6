package io.gill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.gill.Conversation.Content;
import io.gill.Conversation.Role;
import io.gill.Conversation.Spoken;
import io.gill.Conversation.Text;
import io.gill.Conversation.Turn;
import io.gill.Reply.Action;
import io.gill.Reply.Decision;
import io.gill.Reply.Embedding;
import io.gill.Reply.Finish;
import io.gill.image.ImageReadOptions;
import io.gill.stage.Conditioning;
import io.gill.testing.FakeImageGenerator;
import io.gill.testing.FakeImageRetriever;
import io.gill.testing.FakeLanguageModel;
import io.gill.testing.FakeModel;
import io.gill.testing.FakeTokenizer;
import io.gill.testing.FakeVisionEncoder;
import io.gill.testsupport.Reference;
import io.gill.text.JsonTokenizer;
import java.awt.image.BufferedImage;
import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.Proxy;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Null arguments are rejected immediately, with the name of the argument. */
class NullArgumentsTest {
  private static final BufferedImage PICTURE = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
  private static final Conditioning CONDITIONING = Conditioning.of(new float[1][1]);
  private static final Decision DECISION = new Decision(Action.RETRIEVE, Optional.empty());

  private static final Map<Class<?>, Object> SAMPLES = Map.ofEntries(
      Map.entry(String.class, "cpu"), Map.entry(Path.class, Path.of("x")), Map.entry(BufferedImage.class, PICTURE),
      Map.entry(byte[].class, new byte[1]), Map.entry(int[].class, new int[1]), Map.entry(float[].class, new float[1]),
      Map.entry(float[][].class, new float[1][1]), Map.entry(List.class, List.of()),
      Map.entry(Optional.class, Optional.empty()), Map.entry(int.class, 1), Map.entry(long.class, 1L),
      Map.entry(double.class, 1.0), Map.entry(boolean.class, false), Map.entry(Duration.class, Duration.ofSeconds(1)),
      Map.entry(Conversation.class, Conversation.of("x")),
      Map.entry(Reply.class, new Reply(List.of(), List.of(), Finish.END)), Map.entry(Decision.class, DECISION),
      Map.entry(Embedding.class, new Embedding(new float[1], CONDITIONING)), Map.entry(Device.class, Device.CPU),
      Map.entry(Object.class, "x"), Map.entry(Content[].class, new Content[] {Content.of("x")}),
      Map.entry(Conditioning.class, CONDITIONING),
      Map.entry(DiffusionOptions.Framing.class, new DiffusionOptions.Framing(8, 8, 0, 0, 8, 8)),
      Map.entry(RespondOptions.class, RespondOptions.defaults()), Map.entry(LoadOptions.class, LoadOptions.defaults()),
      Map.entry(DiffusionOptions.class, DiffusionOptions.defaults()),
      Map.entry(ImageReadOptions.class, ImageReadOptions.defaults()), Map.entry(Usage.class, Usage.NONE),
      Map.entry(Usage.Times.class, Usage.NONE.time()), Map.entry(History.class, History.all()),
      Map.entry(Capabilities.class, new Capabilities(true, true, true, true, List.of())),
      Map.entry(Reply.ImagePart.class, new Reply.ImagePart(
          DECISION, List.of(), List.of(), new Embedding(new float[1], CONDITIONING), Optional.empty())),
      Map.entry(String[].class, new String[] {"x"}), Map.entry(RuntimeException.class, new RuntimeException("x")));

  @Test
  void everyPublicMethodAndConstructorNamesTheArgumentThatIsNull() throws Exception {
    List<String> wrong = new ArrayList<>();
    int calls = 0;
    try (GillModel model = FakeModel.builder(p -> " Yes.").build(); Session session = model.session();
        JsonTokenizer tokenizer = JsonTokenizer.load(Reference.path("..", "reference-2", "lm-qwen3"), 8)) {
      Map<Class<?>, Object> instances = new HashMap<>();
      instances.put(GillModel.class, model);
      instances.put(Session.class, session);
      Stream.of(GillModel.builder(), Conversation.builder(), Conversation.of("x"), new Sampling(1, 1),
          RespondOptions.builder(), DiffusionOptions.builder(), LoadOptions.builder(), new FakeTokenizer(),
          new FakeLanguageModel(new FakeTokenizer(), p -> ""), new FakeVisionEncoder(), new FakeImageRetriever(1),
          new FakeImageGenerator(), FakeModel.saying("x"), ConversationJson.embedded(), ChatFormat.of(tokenizer))
          .forEach(instance -> instances.put(instance.getClass(), instance));
      for (Class<?> type : publicTypes()) {
        for (Executable executable : executables(type, instances.containsKey(type))) {
          Object instance = executable instanceof Method && !Modifier.isStatic(executable.getModifiers())
              ? instances.get(type) : null;
          Parameter[] parameters = executable.getParameters();
          for (int i = 0; i < parameters.length; i++) {
            if (!parameters[i].getType().isPrimitive()
                && !parameters[i].getAnnotatedType().isAnnotationPresent(Nullable.class)) {
              calls++;
              String problem = problem(executable, instance, i);
              if (!problem.isEmpty()) {
                wrong.add(executable + ", argument " + i + ": " + problem);
              }
            }
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(calls).isGreaterThan(80);
  }

  /** Public top-level and nested types; exceptions accept any message. */
  private static List<Class<?>> publicTypes() throws Exception {
    List<Class<?>> types = new ArrayList<>();
    for (Class<?> one : List.of(GillModel.class, FakeModel.class)) {
      Path folder = classes(one).resolve(one.getPackageName().replace('.', '/'));
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.filter(path -> path.toString().endsWith(".class")).sorted().toList()) {
          String name = file.getFileName().toString().replace(".class", "");
          Class<?> type = Class.forName(one.getPackageName() + "." + name);
          if (!name.equals("package-info") && isPublic(type) && !Throwable.class.isAssignableFrom(type)) {
            types.add(type);
          }
        }
      }
    }
    return types;
  }

  private static Path classes(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private static boolean isPublic(Class<?> type) {
    Class<?> outer = type.getEnclosingClass();
    return Modifier.isPublic(type.getModifiers()) && !type.isAnonymousClass() && (outer == null || isPublic(outer));
  }

  /**
   * Leaves out methods of every object, record and enum, and of interfaces that applications implement.
   *
   * @param ours whether this library implements the methods of an interface
   */
  private static List<Executable> executables(Class<?> type, boolean ours) {
    List<Executable> result = new ArrayList<>();
    for (Method method : type.getDeclaredMethods()) {
      boolean implemented = Modifier.isStatic(method.getModifiers()) || !type.isInterface() || ours;
      boolean generated = type.isEnum() && method.getName().equals("valueOf") || method.getName().equals("equals");
      if (Modifier.isPublic(method.getModifiers()) && !method.isSynthetic() && implemented && !generated) {
        result.add(method);
      }
    }
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (Modifier.isPublic(constructor.getModifiers())) {
        result.add(constructor);
      }
    }
    return result;
  }

  /** Describes what is wrong if this argument is null; empty if nothing is. */
  private static String problem(Executable executable, @Nullable Object instance, int index) throws Exception {
    Object[] arguments = Arrays.stream(executable.getParameterTypes()).map(NullArgumentsTest::sample).toArray();
    arguments[index] = null;
    try {
      if (executable instanceof Constructor<?> constructor) {
        constructor.newInstance(arguments);
      } else if (instance == null && !Modifier.isStatic(executable.getModifiers())) {
        return "this test has no instance to call it on";
      } else {
        ((Method) executable).invoke(instance, arguments);
      }
      return "accepted";
    } catch (InvocationTargetException e) {
      Throwable thrown = e.getCause();
      boolean named = thrown instanceof NullPointerException
          && String.valueOf(thrown.getMessage()).matches("[a-z]\\w*");
      return named ? "" : String.valueOf(thrown);
    }
  }

  private static Object sample(Class<?> type) {
    Object sample = SAMPLES.get(type);
    if (sample != null) {
      return sample;
    }
    if (type.isEnum()) {
      return type.getEnumConstants()[0];
    }
    if (type.isInterface()) {
      return Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> null);
    }
    throw new AssertionError("this test has no sample of " + type);
  }

  @Test
  void anElementThatIsNullIsNamedToo() {
    List<@Nullable Object> gap = new ArrayList<>(Arrays.asList(null, null));
    assertNamed(() -> new Conversation(elements(new Turn(Role.USER, List.of(new Text("x"))), gap)), "turns[1]");
    assertNamed(() -> new Turn(Role.USER, elements(new Text("x"), gap)), "contents[1]");
    assertNamed(() -> new Spoken(elements(7, gap)), "tokens[1]");
    assertNamed(() -> new Reply(elements(new Reply.TextPart("x"), gap), List.of(), Finish.END), "parts[1]");
    assertNamed(() -> new Capabilities(true, true, true, true, elements("x", gap)), "notes[1]");
    try (GillModel model = FakeModel.builder(p -> " Yes.").build(); Session session = model.session()) {
      assertNamed(() -> model.scoreAnswers(Conversation.of("x"), elements("yes", gap), PromptFormat.plain()),
          "answers[1]");
      assertNamed(() -> session.respond(elements(new Text("x"), gap), RespondOptions.defaults()), "contents[1]");
      RespondOptions broken = RespondOptions.builder()
          .promptFormat(conversation -> elements(new Text("x"), gap)).build();
      assertThatThrownBy(() -> model.respond(Conversation.of("x"), broken))
          .isInstanceOf(NullPointerException.class).hasMessageContaining("prompt format");
      assertThat(session.conversation().turns()).isEmpty();
    }
  }

  /** A list with a valid element and a null, which a compiler with null checks would reject. */
  @SuppressWarnings("unchecked")
  private static <T> List<T> elements(T first, List<@Nullable Object> gap) {
    gap.set(0, first);
    return (List<T>) (List<?>) gap;
  }

  private static void assertNamed(ThrowingCallable call, String name) {
    assertThatThrownBy(call).isInstanceOf(NullPointerException.class).hasMessage(name);
  }
}
