package io.gill.text;

import com.google.common.primitives.Ints;
import com.hubspot.jinjava.Jinjava;
import com.hubspot.jinjava.JinjavaConfig;
import com.hubspot.jinjava.LegacyOverrides;
import com.hubspot.jinjava.el.JinjavaProcessors;
import com.hubspot.jinjava.interpret.Context;
import com.hubspot.jinjava.interpret.Context.Library;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.RenderResult;
import com.hubspot.jinjava.interpret.TemplateError;
import com.hubspot.jinjava.lib.Importable;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.lib.filter.Filter;
import com.hubspot.jinjava.util.ForLoop;
import io.gill.GillException;
import java.beans.FeatureDescriptor;
import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import jinjava.javax.el.ELContext;
import jinjava.javax.el.ELResolver;
import org.jspecify.annotations.Nullable;

/**
 * A chat template in Jinja. Templates come with models of any origin and are not trusted. They see only texts, numbers,
 * lists and dictionaries. They cannot access files or Java methods or exceed the {@link Limits}. Immutable.
 */
final class JinjaTemplate {
  private static final int MAX_SOURCE = 1 << 20;

  private static final Set<String> TAGS =
      Set.of("break", "call", "continue", "do", "elif", "else", "for", "if", "macro", "set");
  private static final Set<String> FUNCTIONS = Set.of(":namespace");
  private static final Set<String> FILTERS = Set.of(
      "abs", "capitalize", "count", "d", "default", "dictsort", "first", "float", "int", "items", "join", "last",
      "length", "list", "lower", "map", "reject", "rejectattr", "replace", "reverse", "safe", "select", "selectattr",
      "sort", "string", "title", "tojson", "trim", "unique", "upper");

  private final String name;
  private final String source;
  private final Limits limits;
  private final Clock clock;

  /**
   * Limits of one rendering.
   *
   * @param nodes maximum number of template nodes rendered, counted once per loop iteration, plus elements of ranges
   * @param characters maximum number of characters in the result, and approximately in any value
   * @param nanos maximum time in nanoseconds
   */
  record Limits(int nodes, int characters, long nanos) {
    /** Far above the needs of any conversation. */
    static final Limits DEFAULT = new Limits(1_000_000, 1 << 23, 10_000_000_000L);
  }

  /**
   * @param name the template's source, for messages
   * @param source the text of the template
   * @throws GillException if it is too long, or a tag does not end
   */
  JinjaTemplate(String name, String source, Limits limits, Clock clock) {
    this.name = name;
    this.limits = limits;
    this.clock = clock;
    if (source.length() > MAX_SOURCE) {
      throw new GillException(name + " has " + source.length() + " characters, too many for a chat template");
    }
    try {
      this.source = JinjaSource.rewrite(source);
    } catch (IllegalArgumentException e) {
      throw new GillException(name + " is not a valid template: " + e.getMessage(), e);
    }
  }

  /**
   * Loads Jinjava.
   *
   * @throws LinkageError if it is not on the class path
   */
  void requireEngine() {
    Environment.config(limits, new Budget(limits));
  }

  /**
   * Renders the template.
   *
   * @param variables texts, numbers, booleans, lists and maps
   * @throws GillException if the template rejects the variables, is invalid, or exceeds the limits
   */
  String render(Map<String, ?> variables) {
    Budget budget = new Budget(limits);
    Map<String, Object> all = new HashMap<>(variables);
    all.put(JinjaSource.GLOBALS, new Globals(clock, budget));
    RenderResult result;
    try {
      result = Environment.JINJAVA.renderForResult(source, all, Environment.config(limits, budget));
    } catch (RuntimeException e) {
      throw new GillException(name + " cannot be used: " + e.getMessage(), e);
    } catch (StackOverflowError e) {
      throw new GillException(name + " cannot be used: it is nested too deeply", e);
    }
    for (TemplateError error : result.getErrors()) {
      for (Throwable cause = error.getException(); cause != null; cause = cause.getCause()) {
        if (cause instanceof Refusal) {
          throw new GillException(name + " " + cause.getMessage(), cause);
        }
      }
      String message = String.valueOf(error.getMessage());
      throw new GillException(name + ", line " + error.getLineno() + ", cannot be used: "
          + message.substring(0, Math.min(300, message.length())), error.getException());
    }
    if (result.getOutput().length() > limits.characters()) {
      throw new GillException(name + " cannot be used: it writes more than " + limits.characters() + " characters");
    }
    return result.getOutput();
  }

  /** Ends the rendering, with the predicate of the error's sentence about the template. */
  private static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refusal(String message) {
      super(message);
    }
  }

  /** The rest of the limits, checked at every node and property. */
  private static final class Budget {
    private final Limits limits;
    private final long start = System.nanoTime();
    private int nodes;

    Budget(Limits limits) {
      this.limits = limits;
    }

    void spend(int count) {
      nodes += count;
      if (nodes > limits.nodes() || System.nanoTime() - start > limits.nanos()) {
        throw new Refusal("cannot be used: it loops too often or takes too long");
      }
    }

    @Nullable Object bounded(@Nullable Object value) {
      if (value instanceof CharSequence text && text.length() > limits.characters()) {
        throw new Refusal("cannot be used: a text has more than " + limits.characters() + " characters");
      }
      return value;
    }
  }

  /** The global functions, which templates call as methods of this object. */
  private record Globals(Clock clock, Budget budget) {
    Object call(String function, @Nullable Object[] arguments) {
      switch (function) {
        case "raise_exception" -> throw new Refusal(
            "refuses the conversation: " + (arguments.length == 0 ? "" : arguments[0]));
        case "strftime_now" -> {
          return Strftime.format(String.valueOf(arguments[0]), ZonedDateTime.now(clock));
        }
        case "range" -> {
          return range(arguments);
        }
        case "dict" -> {
          return new LinkedHashMap<String, Object>();
        }
        default -> throw new IllegalArgumentException("there is no function " + function);
      }
    }

    private List<Long> range(@Nullable Object[] arguments) {
      long[] numbers = new long[arguments.length];
      for (int i = 0; i < numbers.length; i++) {
        if (!(arguments[i] instanceof Number number)) {
          throw new IllegalArgumentException("range needs whole numbers");
        }
        numbers[i] = number.longValue();
      }
      long from = numbers.length > 1 ? numbers[0] : 0;
      long to = numbers.length > 1 ? numbers[1] : numbers.length == 1 ? numbers[0] : 0;
      long step = numbers.length > 2 ? numbers[2] : 1;
      if (step == 0) {
        throw new IllegalArgumentException("range needs a step other than 0");
      }
      List<Long> range = new ArrayList<>();
      for (long i = from; step > 0 ? i < to : i > to; i += step) {
        if (range.size() == Environment.MAX_LIST) { // also ends the loop if i overflows
          throw new Refusal("cannot be used: range has more than " + Environment.MAX_LIST + " numbers");
        }
        budget.spend(1);
        range.add(i);
      }
      return range;
    }
  }

  /** Jinjava with only the features that a chat template may use. Loaded when the first template is rendered. */
  private static final class Environment {
    static final int MAX_LIST = 10_000;
    static final Jinjava JINJAVA = new Jinjava(JinjavaConfig.newBuilder().build());
    private static final Map<Library, Set<String>> DISABLED = new EnumMap<>(Library.class);

    static {
      JINJAVA.setResourceLocator((file, encoding, interpreter) -> {
        throw new Refusal("cannot be used: it reads the file " + file);
      });
      JINJAVA.registerFilter(new TextFilter("trim", (value, arguments, named) ->
          PythonMethods.strip(String.valueOf(value), arguments.length > 0 ? arguments[0] : null, true, true)));
      JINJAVA.registerFilter(new TextFilter("tojson", (value, arguments, named) -> PythonJson.write(
          value, named.get("indent") instanceof Number indent ? indent.intValue() : -1, Limits.DEFAULT.characters())));
      JINJAVA.registerFilter(new TextFilter("replace", (value, arguments, named) -> PythonMethods.replace(
          String.valueOf(value), String.valueOf(arguments[0]), String.valueOf(arguments[1]), null,
          Limits.DEFAULT.characters())));
      JINJAVA.registerFilter(new TextFilter("join", (value, arguments, named) -> PythonMethods.join(
          arguments.length > 0 ? String.valueOf(arguments[0]) : "", value, Limits.DEFAULT.characters())));
      JINJAVA.registerFilter(new TextFilter("items", (value, arguments, named) ->
          value instanceof Map<?, ?> map ? List.copyOf(map.entrySet()) : List.of()));
      Context all = JINJAVA.getGlobalContext();
      DISABLED.put(Library.TAG, others(all.getAllTags(), TAGS));
      DISABLED.put(Library.FILTER, others(all.getAllFilters(), FILTERS));
      DISABLED.put(Library.FUNCTION, others(all.getAllFunctions(), FUNCTIONS));
    }

    private static Set<String> others(Collection<? extends Importable> known, Set<String> allowed) {
      return known.stream().map(Importable::getName)
          .filter(name -> !allowed.contains(name) && !name.startsWith("end")).collect(Collectors.toSet());
    }

    static JinjavaConfig config(Limits limits, Budget budget) {
      return JinjavaConfig.newBuilder()
          .withLegacyOverrides(LegacyOverrides.ALL)
          .withNestedInterpretationEnabled(false) // do not interpret text of the conversation
          .withDisabled(DISABLED)
          .withElResolver(new Values(budget, limits.characters()))
          .withProcessors(JinjavaProcessors.newBuilder()
              .withNodePreProcessor((node, interpreter) -> budget.spend(1)).build())
          .withMaxOutputSize(4L * limits.characters()) // bytes
          .withMaxStringLength(limits.characters())
          .withMaxListSize(MAX_LIST)
          .withMaxMapSize(MAX_LIST)
          .withMaxRenderDepth(20)
          .build();
    }
  }

  /** A filter implemented by a function. */
  private record TextFilter(String getName, Body body) implements Filter {
    @FunctionalInterface
    interface Body {
      Object apply(@Nullable Object value, @Nullable Object[] arguments, Map<String, Object> named);
    }

    @Override
    public @Nullable Object filter(
        @Nullable Object value, JinjavaInterpreter interpreter, Object[] arguments, Map<String, Object> named) {
      return body.apply(value, arguments, named);
    }

    @Override
    public @Nullable Object filter(@Nullable Object value, JinjavaInterpreter interpreter, String... arguments) {
      return body.apply(value, arguments, Map.of());
    }
  }

  /** Resolves Python's properties and methods of the values that a template may see. Other objects have none. */
  private static final class Values extends ELResolver {
    private final Budget budget;
    private final int characters;

    Values(Budget budget, int characters) {
      this.budget = budget;
      this.characters = characters;
    }

    @Override
    public @Nullable Object getValue(ELContext context, @Nullable Object base, Object property) {
      if (base == null) {
        return null;
      }
      budget.spend(1);
      context.setPropertyResolved(true);
      return budget.bounded(value(base, property));
    }

    private static @Nullable Object value(Object base, Object property) {
      if (base instanceof Map<?, ?> map) {
        return map.get(property);
      }
      if (base instanceof ForLoop loop) {
        return loop(loop, property.toString());
      }
      Integer index = Ints.tryParse(property.toString());
      if (base instanceof Map.Entry<?, ?> entry && index != null) {
        return index == 0 ? entry.getKey() : index == 1 ? entry.getValue() : null;
      }
      if (base instanceof List<?> list && index != null) {
        int at = index < 0 ? index + list.size() : index;
        return at >= 0 && at < list.size() ? list.get(at) : null;
      }
      if (base instanceof CharSequence text && index != null) {
        int size = Character.codePointCount(text, 0, text.length());
        int at = index < 0 ? index + size : index;
        return at >= 0 && at < size
            ? Character.toString(Character.codePointAt(text, Character.offsetByCodePoints(text, 0, at))) : null;
      }
      return null;
    }

    /** Calls a filter or test, which takes the interpreter as an argument. Unknown ones were rejected earlier. */
    private static @Nullable Object library(Object base, @Nullable Object[] arguments) {
      Object value = arguments[0];
      JinjavaInterpreter interpreter = (JinjavaInterpreter) Objects.requireNonNull(arguments[1]);
      if (base instanceof ExpTest test) {
        return test.evaluate(value, interpreter, Arrays.copyOfRange(arguments, 2, arguments.length));
      }
      @SuppressWarnings("unchecked") // created by Jinjava's parser
      Map<String, Object> named = (Map<String, Object>) Objects.requireNonNull(arguments[3]);
      return ((Filter) base).filter(value, interpreter, (Object[]) Objects.requireNonNull(arguments[2]), named);
    }

    private static Object loop(ForLoop loop, String property) {
      return switch (property) {
        case "index" -> loop.getIndex();
        case "index0" -> loop.getIndex0();
        case "revindex" -> loop.getRevindex();
        case "revindex0" -> loop.getRevindex0();
        case "first" -> loop.isFirst();
        case "last" -> loop.isLast();
        case "length" -> loop.getLength();
        case "depth" -> loop.getDepth();
        case "depth0" -> loop.getDepth0();
        default -> throw new Refusal("cannot be used: loop." + property + " is not supported");
      };
    }

    @Override
    public @Nullable Object invoke(
        ELContext context, @Nullable Object base, Object method, Class<?> @Nullable [] types, Object[] arguments) {
      budget.spend(1);
      context.setPropertyResolved(true);
      if (base instanceof Filter || base instanceof ExpTest) {
        Object result = library(base, arguments);
        return method.equals("evaluateNegated") ? Boolean.FALSE.equals(result) : budget.bounded(result);
      }
      try {
        return budget.bounded(call(base, method.toString(), arguments));
      } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
        throw new Refusal("cannot be used: " + e.getMessage());
      }
    }

    private @Nullable Object call(@Nullable Object base, String method, Object[] arguments) {
      if (base == null) {
        throw new IllegalArgumentException("there is no value to call " + method + " of");
      }
      if (base instanceof Globals globals) {
        return globals.call(method, arguments);
      }
      if (method.equals(JinjaSource.APPEND) && base instanceof List<?> list) {
        @SuppressWarnings("unchecked") // a list created by the rewritten template
        List<Object> appended = (List<Object>) list;
        appended.add(arguments[0]);
        return "";
      }
      return PythonMethods.call(base, method, arguments, characters);
    }

    @Override
    public @Nullable Class<?> getType(ELContext context, @Nullable Object base, Object property) {
      return null;
    }

    @Override
    public void setValue(ELContext context, @Nullable Object base, Object property, @Nullable Object value) {
      throw new IllegalArgumentException("values cannot be changed");
    }

    @Override
    public boolean isReadOnly(ELContext context, @Nullable Object base, Object property) {
      return true;
    }

    @Override
    public Iterator<FeatureDescriptor> getFeatureDescriptors(ELContext context, @Nullable Object base) {
      return Collections.emptyIterator();
    }

    @Override
    public Class<?> getCommonPropertyType(ELContext context, @Nullable Object base) {
      return Object.class;
    }
  }
}
