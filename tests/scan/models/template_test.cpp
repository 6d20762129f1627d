// Chat templates: what leaves the sandbox is found however it is written, what models ship is silent.
#include <gtest/gtest.h>

#include "base/json.hpp"
#include "scans.hpp"

namespace tocsin {
namespace {

using scan::Severity;
using tests::found;
using tests::scan_text;
using tests::told;
using namespace std::string_literals;

// As tokenizer_config.json carries it.
scan::Report scan_template(std::string_view text) {
  return scan_text(Json::object({{"tokenizer_class", "LlamaTokenizer"}, {"chat_template", text}}).dump());
}

struct Case {
  const char* name;
  const char* text;
  const char* rule;
};

class Templates : public testing::TestWithParam<Case> {};

TEST_P(Templates, AreFoundOut) {
  const auto report = scan_template(GetParam().text);
  EXPECT_TRUE(found(report, GetParam().rule)) << told(report);
  EXPECT_GT(report.worst(), Severity::info) << told(report);
}

INSTANTIATE_TEST_SUITE_P(
    Jinja, Templates,
    testing::Values(
        Case{"dunder", "{{ ''.__class__.__mro__[1].__subclasses__() }}", "template-escape"},
        Case{"dunder_as_key", "{{ ''['__class__'] }}", "template-escape"},
        Case{"in_a_statement", "{% if x.__init__.__globals__ %}{% endif %}", "template-escape"},
        Case{"in_a_loop_filter", "{% for m in messages if m.__class__ %}{% endfor %}", "template-escape"},
        Case{"in_a_default", "{% macro f(a=''.__class__) %}{% endmacro %}", "template-escape"},
        Case{"in_a_slice", "{{ messages[x.__class__:] }}", "template-escape"},
        Case{"in_a_test", "{{ 1 is sameas ''.__class__ }}", "template-escape"},
        Case{"attr_filter", "{{ ''|attr('__class__') }}", "template-escape"},
        Case{"attr_filter_of_parts", "{{ ''|attr('_'*2 ~ 'class' ~ '_'*2) }}", "template-escape"},
        Case{"attr_by_map", "{{ ['']|map('attr', '__class__')|list }}", "template-escape"},
        Case{"map_attribute", "{{ ['']|map(attribute='__class__')|list }}", "template-escape"},
        Case{"selectattr", "{{ messages|selectattr('__class__')|list }}", "template-escape"},
        Case{"hex_escape", R"({{ ''['\x5f\x5fclass\x5f\x5f'] }})", "template-computed-name"},
        Case{"octal_escape", R"({{ ''['\137\137class\137\137'] }})", "template-escape"},
        Case{"unicode_name_escape", R"({{ ''['\N{LOW LINE}_class__'] }})", "template-computed-name"},
        Case{"concatenated", "{{ ''['__cla' ~ 'ss__'] }}", "template-escape"},
        Case{"added", "{{ ''['__cla' + 'ss__'] }}", "template-escape"},
        Case{"side_by_side", "{{ ''['__cla' 'ss__'] }}", "template-escape"},
        Case{"through_variables", "{% set a = '__cla' %}{% set b = 'ss__' %}{{ ''[a ~ b] }}", "template-escape"},
        Case{"through_a_namespace", "{% set n = namespace(a='__cla') %}{% set n.b = n.a ~ 'ss__' %}{{ ''[n.b] }}",
             "template-escape"},
        Case{"through_a_list", "{% for k in ['__class__'] %}{{ ''[k] }}{% endfor %}", "template-computed-name"},
        Case{"through_a_dictionary", "{% set d = {'a': '__class__'} %}{{ ''[d.a] }}", "template-computed-name"},
        Case{"through_a_macro", "{% macro g(o, k) %}{{ o[k] }}{% endmacro %}{{ g('', '__class__') }}",
             "template-computed-name"},
        Case{"through_a_block", "{% set k %}__class__{% endset %}{{ ''[k] }}", "template-computed-name"},
        Case{"joined", "{{ ''[['__cl','ass__']|join] }}", "template-escape"},
        Case{"join_method", "{{ ''['ss'.join(['__cla','__'])] }}", "template-escape"},
        Case{"reversed", "{{ ''['__ssalc__'[::-1]] }}", "template-escape"},
        Case{"reverse_filter", "{{ ''['__ssalc__'|reverse] }}", "template-escape"},
        Case{"lowered", "{{ ''['__CLASS__'|lower] }}", "template-escape"},
        Case{"replaced", "{{ ''['@@class@@'|replace('@','_')] }}", "template-escape"},
        Case{"replace_method", "{{ ''['@@class@@'.replace('@','_')] }}", "template-escape"},
        Case{"formatted", "{{ ''['%c%cclass%c%c' % (95,95,95,95)] }}", "template-escape"},
        Case{"format_filter", "{{ ''['%sclass%s'|format('__','__')] }}", "template-escape"},
        Case{"format_method", "{{ ''['{0}class{0}'.format('__')] }}", "template-escape"},
        Case{"format_takes_attributes", "{{ '{0.__class__}'.format(messages) }}", "template-escape"},
        Case{"format_of_a_variable", "{{ messages[0].content.format(messages) }}", "template-computed-name"},
        Case{"picked_from_a_repr", "{% set u = (()|select|string|list)[24] %}{{ ''[u ~ u ~ 'class' ~ u ~ u] }}",
             "template-computed-name"},
        Case{"dict_keys_as_text", "{{ ''[dict(a=1)|first ~ x] }}", "template-computed-name"},
        Case{"getattr", "{{ getattr('', 'x') }}", "template-escape"},
        Case{"generator_frame", "{{ (messages|map('upper')).gi_frame.f_builtins }}", "template-escape"},
        Case{"cycler", "{{ cycler.__init__.__globals__.os.popen('id').read() }}", "template-escape"},
        Case{"joiner_as_value", "{% set j = joiner %}{{ j }}", "template-unknown-name"},
        Case{"lipsum", "{{ lipsum() }}", "template-unknown-name"},
        Case{"self", "{{ self._TemplateReference__context }}", "template-unknown-name"},
        Case{"config", "{{ config.items() }}", "template-unknown-name"},
        Case{"request", "{{ request.args.x }}", "template-unknown-name"},
        Case{"unknown_function", "{{ fetch('http://x') }}", "template-unknown-name"},
        Case{"unknown_method", "{{ message.content.encode('utf-8') }}", "template-unknown-name"},
        Case{"unknown_filter", "{{ 'id'|shell }}", "template-unknown-name"},
        Case{"unknown_test", "{{ 'id' is shell }}", "template-unknown-name"},
        Case{"result_called", "{{ x()() }}", "template-computed-name"},
        Case{"include", "{% include '/etc/passwd' %}", "template-unknown-name"},
        Case{"import", "{% import 'a' as b %}", "template-unknown-name"},
        Case{"long_range", "{% for i in range(1000000000) %}{% endfor %}", "template-endless"},
        Case{"computed_range", "{% for i in range(10**9) %}{% endfor %}", "template-endless"},
        Case{"nested_ranges", "{% for i in range(9999) %}{% for j in range(9999) %}{% endfor %}{% endfor %}",
             "template-endless"},
        Case{"power", "{{ 9**9**9 }}", "template-endless"},
        Case{"long_text", "{{ 'a' * 999999999 }}", "template-endless"},
        Case{"wide_center", "{{ 'a'|center(2000000000) }}", "template-endless"},
        Case{"doubled_in_a_loop",
             "{% set ns = namespace(a='aa') %}{% for i in range(99) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}",
             "template-endless"},
        Case{"behind_what_is_no_jinja", "{{ 1 1 }}{{ ''.__class__ }}", "template-escape"},
        Case{"inside_what_is_no_jinja", "{{ ''.__class__ $ }}", "template-escape"}),
    [](const testing::TestParamInfo<Case>& test) { return test.param.name; });

// Written in the manner of templates that models ship.
TEST(Jinja, HonestTemplatesAreSilent) {
  for (const std::string_view text : {
           "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' "
           "+ '\n'}}{% endfor %}"
           "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
           "{%- set ns = namespace(multi=true, last=messages|length - 1) -%}{%- for message in messages[::-1] %}{%- "
           "set index = (messages|length - 1) - loop.index0 %}"
           "{%- if ns.multi and message.role == \"user\" and not(message.content.startswith('<r>') and "
           "message.content.endswith('</r>')) %}"
           "{%- set ns.multi = false %}{%- set ns.last = index %}{%- endif %}{%- endfor %}",
           "{% if messages[0]['role'] == 'system' %}{% set loop_messages = messages[1:] %}{% set system = "
           "messages[0]['content'] %}{% else %}"
           "{% set loop_messages = messages %}{% set system = false %}{% endif %}{% for m in loop_messages %}"
           "{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% "
           "endif %}"
           "{{ bos_token + '[INST] ' + m['content'].strip() + ' [/INST]' }}{% endfor %}",
           "{%- macro kind(spec) %}{%- set names = {\"string\": \"str\", \"number\": \"float\"} %}{%- if "
           "names[spec.type] is defined %}{{- names[spec.type] }}"
           "{%- elif spec.type == \"array\" %}{{- \"List[\" + kind(spec.items) + \"]\" }}{%- else %}{{- \"Any\" }}{%- "
           "endif %}{%- endmacro %}"
           "{%- for tool in tools %}{%- for name, fields in tool.parameters.properties|items %}{{- name + ': ' + "
           "kind(fields) }}{%- endfor %}"
           "{{- tool.arguments|tojson(indent=4)|indent(8) }}{%- endfor %}",
           "{%- if not date_string is defined %}{%- if strftime_now is defined %}{%- set date_string = "
           "strftime_now(\"%d %b %Y\") %}{%- endif %}{%- endif %}"
           "{{- \"Today Date: \" + date_string + \"\\n\\n\" }}{%- for arg_name, arg_val in tool_call.arguments | items "
           "%}{{- arg_name + '=\"' + arg_val + '\"' }}"
           "{%- if not loop.last %}{{- \", \" }}{%- endif %}{%- endfor %}",
           "{%- set has = tools | selectattr(\"type\", \"equalto\", \"code_interpreter\") | list | length > 0 -%}"
           "{{ \"Use '\"|safe + t[\"function\"][\"name\"] + \"'\\n\"|safe + t[\"function\"] | tojson() }}",
           "{%- set suffix -%}{%- filter trim -%}In addition to text{%- endfilter -%}{%- endset -%}{%- set suffix = "
           "suffix + \"\\n\" + functions -%}"
           "{%- set tool = namespace(calls=[]) -%}{%- for call in message['tool_calls'] -%}{%- set tool.calls = "
           "tool.calls + ['{\"name\": \"' + call['function']['name'] + '\"}'] -%}"
           "{%- endfor -%}{{ tool.calls | join(', ') }}",
           "{%- for raw in refstr[2:].split('/') -%}{%- set seg = raw | replace('~1', '/') | replace('~0', '~') -%}{%- "
           "if seg in ns.n -%}{%- set ns.n = ns.n[seg] -%}"
           "{%- elif seg == (seg | int | string) -%}{%- set ns.n = ns.n[seg | int] -%}{%- endif -%}{%- endfor -%}",
           "{%- set content = message.content.split('</think>')[-1].lstrip('\\n') %}{%- set reasoning = "
           "message.content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}"
           "{{- '<think>\\n' + reasoning.strip('\\n') + '\\n</think>\\n\\n' + content }}{% generation %}{{ content "
           "}}{% endgeneration %}",
           "{%- for i in range(msg_index - 1, -1, -1) -%}{%- if messages[i].role != \"tool\" -%}{%- set p.value = i "
           "-%}{%- break -%}{%- endif -%}{%- endfor -%}"
           "{{- messages[p.value].get('tool_calls', []) | length }}{% set _ = items.append(tool.function if "
           "tool.get('function') else tool) %}",
           "{{ 'a' if x is not none and x is mapping else ('b' if x is string) }}{{ [1, 2.5, 'x'][0] }}{{ {'a': {'b': "
           "[1]}} | tojson }}{{ -1 ** 2 }}{{ 10 // 3 % 2 }}",
           "{# comment with {{ braces }} #}{% raw %}{{ not.__class__ }}{% endraw %}plain { text } and {%- if a and not "
           "b or c in d -%}x{%- endif -%}",
           "{{ '<|start|>' }}{{ message.role | capitalize }}{% for a, b in x|dictsort %}{{ loop.cycle('p', 'q') }}{{ "
           "loop.previtem.role if loop.previtem is defined }}{% endfor %}",
           "{%- macro open_tag(tag, attrs=[]) -%}{{- '<' + tag -}}{%- for attr in attrs -%}{{- ' ' + attr[0] + '=\"' "
           "-}}{{- attr[1]|string|replace('&', '&amp;') -}}{%- endfor -%}{%- endmacro -%}"
           "{%- set attrs = [('role', 'user')] -%}{%- set attrs = attrs + [('name', message.name)] -%}{{- "
           "open_tag('message', attrs) -}}",
           "{{ messages | map(attribute='content') | join('\\n') }}{{ content | trim | first }}{{ 'x' ~ loop.index ~ "
           "'. ' ~ doc.title }}",
       }) {
    const auto report = scan_template(text);
    EXPECT_TRUE(report.findings.empty()) << text << "\n" << told(report);
    EXPECT_TRUE(report.complete()) << text << "\n" << told(report);
  }
}

TEST(Jinja, WhatIsNoJinjaIsNotClean) {
  for (const std::string_view text : {"{{ 1 +", "{% for x in y %}", "{% nothing %}", "{{ a b }}", "{% endif %}",
                                      "{{ ( }}", "{{ 'a }}", "{# no end"}) {
    const auto report = scan_template(text);
    EXPECT_TRUE(!report.complete() || report.worst() > Severity::info) << text << "\n" << told(report);
  }
}

TEST(Jinja, DeepBracketsEndWithAMessage) {
  const auto report = scan_template("{{ " + std::string(100'000, '(') + " }}");
  EXPECT_FALSE(report.complete()) << told(report);
}

TEST(Jinja, AFileOfItsOwnIsRead) {
  auto report = scan_text("{% for message in messages %}\n{{ message.role }}: {{ message.content }}\n{% endfor %}\n");
  EXPECT_TRUE(report.findings.empty()) << told(report);
  EXPECT_EQ(report.formats.front(), "chat-template");
  report = scan_text(
      "{% for message in messages %}\n{{ message.content }}\n{% endfor %}\n{{ "
      "cycler.__init__.__globals__.os.system('id') }}\n");
  EXPECT_EQ(report.worst(), Severity::malicious) << told(report);
  report = scan_text("{{ ''.__class__.__base__.__subclasses__() }}");
  EXPECT_EQ(report.worst(), Severity::malicious) << told(report);
}

TEST(Jinja, BracesThatAreNoTemplateAreSilent) {
  for (const std::string_view text : {
           "# Usage\n\n```python\nprint(f\"{{{self.__class__.__name__}}}\")\n```\nTEMPLATE \"\"\"{{ .System }} {{ if "
           ".Prompt }}{{ .Prompt }}{{ end }}\"\"\"\n",
           "name: ci\non: [push]\njobs:\n  a:\n    steps:\n      - run: echo ${{ secrets.X }}\n",
           "\\frac{{a}}{{b}} and {% a comment in TeX\n",
           "int a[2][2] = {{1, 2}, {3, 4}};\nconst char* file[] = {{__FILE__}};\n",
       }) {
    const auto report = scan_text(text);
    EXPECT_TRUE(report.findings.empty()) << text << "\n" << told(report);
    EXPECT_TRUE(report.supported && report.complete()) << text << "\n" << told(report);
  }
}

}  // namespace
}  // namespace tocsin
