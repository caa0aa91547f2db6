package io.gill.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.gill.GillException;
import io.gill.text.JinjaTemplate.Limits;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class JinjaTemplateTest {
  private static final Clock CLOCK = Clock.fixed(Instant.parse("2024-07-06T08:09:10Z"), ZoneOffset.UTC);

  private static Map<String, String> message(String role, String content) {
    Map<String, String> message = new LinkedHashMap<>();
    message.put("role", role);
    message.put("content", content);
    return message;
  }

  private static String render(String template, Limits limits) {
    Map<String, Object> variables = Map.of(
        "u", "abc", "f", false, "messages", List.of(message("system", " s "), message("user", "hi {{ 1 + 1 }}")));
    return new JinjaTemplate("T", template.replace("\\n", "\n"), limits, CLOCK).render(variables);
  }

  /** Expected output is that of Python's Jinja2 with trim_blocks and lstrip_blocks. */
  @ParameterizedTest
  @CsvSource(delimiterString = " => ", quoteCharacter = '`', ignoreLeadingAndTrailingWhitespace = false, value = {
    "a\\n  {% if true %}\\n  x\\n  {% endif %}\\nb\\n => a\\n  x\\nb",
    "{% for m in messages %}\\n{{ m.role }}\\n{% endfor %}\\n => system\\nuser\\n",
    "x {%- if true %}\\n    {{- 'a' }}\\n  {%- endif %}\\nq => xaq",
    "{{ u }} {% set q %}body{% endset %}{{ q }} {{- u -}} ; => abc bodyabc;",
    "{ {{- u }} {# c #}\\n y {% raw %}{{ z }}{% endraw %} => {abc  y {{ z }}",
    "{{ messages[1].content }} => hi {{ 1 + 1 }}",
    "{{ messages[-1]['role'] }}{{ messages[::-1][0].role }}{{ u[::-1] }}{{ u[:-1] }}{{ [1, 2, 3][1:] }}"
        + " => userusercbaab[2, 3]",
    "{{ u.startswith('ab') }}{{ '--x-'.strip('-') }}{{ u.split('b')[-1] }}{{ u.upper() }} => truexcABC",
    "{{ ' a  b '.split()|join('|') }}-{{ ' a b  c '.split(none, 1)|join('|') }}.{{ 'a '.split(none, 1)|length }}"
        + " => a|b-a|b  c .1",
    "{{ 'a' if u == 'abc' else 'b' }}{{ u ~ 1 }}{{ 'b' in u }}{{ 'role' in messages[0] }} => aabc1truetrue",
    "{% set ns = namespace(x=1) %}{% for i in range(3) %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }} => 4",
    "{% for k, v in messages[0].items() if k != 'role' %}{{ k }}={{ v }}{{ loop.length }}{% endfor %} => content= s 1",
    "{% for m in messages if m.role == 'user' %}{{ loop.index }}{{ loop.last }}{% endfor %} => 1true",
    "{{ messages|tojson }} => [{\"role\": \"system\", \"content\": \" s \"}, "
        + "{\"role\": \"user\", \"content\": \"hi {{ 1 + 1 }}\"}]",
    "{{ {'é': [none, true, 1.5]}|tojson(indent=2) }} => {\\n  \"é\": [\\n    null,\\n    true,\\n    1.5\\n  ]\\n}",
    "{{ messages|selectattr('role', 'equalto', 'user')|map(attribute='role')|join(',') }}{{ ' x '|trim }} => userx",
    "{{ 'x' + ' y ' | trim + 'z' }} => xyz",
    "{{ None is none }}{{ x is defined }}{{ f is false }}{{ {'a': {'b': 1}}['a']['b'] }}{{ x }} => truefalsetrue1",
    "{% macro m(a, b='x') %}<{{ a }}{{ b }}>{% endmacro %}{{ m('1') }}{{ m('1', b='2') }} => <1x><12>",
    "{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }} => 1",
    "{% for i in range(9) %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %} => 012",
    "[{{ ''.class.forName('java.lang.Runtime').getRuntime() }}] => []",
    "{{ strftime_now('%d %b %Y %-m') }} => 06 Jul 2024 7",
    "{% generation %}x{% endgeneration %}{{ u if not u }}{{ messages[0].get('zz', 'd') }} => xd"
  })
  void pythonsIdiomsGiveItsText(String template, String text) {
    String expected = text.replace("\\n", "\n");
    assertThat(render(template, Limits.DEFAULT)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(delimiterString = " => ", quoteCharacter = '`', value = {
    "{{ raise_exception('no ' + u) }} => T refuses the conversation: no abc",
    "{% include '/etc/passwd' %} => 'include' is disabled",
    "{% import '/etc/passwd' as x %} => 'import' is disabled",
    "{% from '/etc/passwd' import x %} => 'from' is disabled",
    "{% extends '/etc/passwd' %} => 'extends' is disabled",
    "{{ u.getClass() }} => a text has no method getClass",
    "{{ ____int3rpr3t3r____.getContext() }} => a value has no method getContext",
    "{{ messages[0].put('a', 1) }} => a dictionary has no method put",
    "{{ '%999999999d'|format(1) }} => 'format' is disabled",
    "{{ '{{ 1 }}'|render }} => 'render' is disabled",
    "{{ range(1000000000)|length }} => range has more than",
    "{{ range(-9223372036854775807, 9223372036854775807)|length }} => range has more than",
    "{{ range(0, 9223372036854775807, 9223372036854775806)|length }} => range has more than",
    "{{ range(0, 9, 0)|length }} => a step other than 0",
    "{% for i in range(9000) %}{% for j in range(9000) %}{% endfor %}{% endfor %} => loops too often",
    "{% set n = namespace(x=u) %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %} => characters",
    "{% macro r(n) %}{{ r(n) }}{% endmacro %}{{ r(1) }} => Cycle",
    "{% for x in [] %}{% else %}none{% endfor %} => the else of a loop",
    "{{ 'abc => T is not a valid template: a tag does not end",
    "{{ u u }} => T, line 1, cannot be used",
    "{% nothing %} => nothing"
  })
  void templatesThatLoopReadFilesOrAreWrongAreRefusedInOneLine(String template, String message) {
    assertRefused(template, Limits.DEFAULT, message);
  }

  @Test
  void timeOutputAndNestingAreBounded() {
    assertRefused("{% for i in range(9000) %}{{ u }}{% endfor %}", new Limits(1 << 30, 1 << 20, 1), "takes too long");
    assertRefused("{% for i in range(9000) %}{{ u }}{% endfor %}", new Limits(1 << 30, 1000, 1L << 40), "over limit");
    assertRefused("{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}", Limits.DEFAULT, "nested too deeply");
    assertRefused("x".repeat(2_000_000), Limits.DEFAULT, "has 2000000 characters");
  }

  private static void assertRefused(String template, Limits limits, String message) {
    assertThatExceptionOfType(GillException.class)
        .isThrownBy(() -> render(template, limits))
        .satisfies(e -> assertThat(e.getMessage()).startsWith("T").contains(message).hasLineCount(1));
  }
}
