/**
 * The grammars that ship as WebAssembly, by VS Code's language identifiers, and which of their nodes declare a name.
 *
 * `maxChars` bounds the time of a parse: tree-sitter is linear on code, but texts made to hurt drive some grammars'
 * own scanners to quadratic time. Measured on such texts, no parse within these bounds took longer than 5 seconds.
 */

export interface Grammar {
  /** As in `tree-sitter-NAME.wasm`. */
  readonly name: string;
  /** A longer text is not parsed. UTF-16 units. */
  readonly maxChars: number;
  /** Nodes that declare what their `name` (or the name in their declarator) says. */
  readonly declares: ReadonlySet<string>;
  /** Nodes inside which declarations stand that others can see; a function's body is none. */
  readonly opens: ReadonlySet<string>;
}

const defaultMaxChars = 65_536;

function grammar(name: string, declares: string, opens: string, maxChars = defaultMaxChars): Grammar {
  return { name, maxChars, declares: new Set(declares.split(/\s+/u)), opens: new Set(opens.split(/\s+/u)) };
}

const scriptDeclares =
  "function_declaration generator_function_declaration function_signature class_declaration method_definition " +
  "field_definition variable_declarator";
const scriptOpens = "export_statement lexical_declaration variable_declaration class_declaration class_body";
const typedDeclares =
  `${scriptDeclares} abstract_class_declaration interface_declaration type_alias_declaration enum_declaration ` +
  "public_field_definition method_signature abstract_method_signature internal_module module";
const typedOpens =
  `${scriptOpens} abstract_class_declaration ambient_declaration expression_statement internal_module module ` +
  "statement_block";

const typescript = grammar("typescript", typedDeclares, typedOpens);
const tsx = grammar("tsx", typedDeclares, typedOpens);
const javascript = grammar("javascript", scriptDeclares, scriptOpens);
const cpp = grammar(
  "cpp",
  "function_definition class_specifier struct_specifier union_specifier enum_specifier type_definition " +
    "alias_declaration field_declaration preproc_def preproc_function_def",
  "class_specifier struct_specifier union_specifier type_definition field_declaration_list namespace_definition " +
    "declaration_list template_declaration linkage_specification declaration preproc_if preproc_ifdef preproc_else",
);
const ini = grammar("ini", "", "");

export const grammars: Readonly<Record<string, Grammar>> = {
  typescript,
  typescriptreact: tsx,
  javascript,
  javascriptreact: javascript,
  c: cpp,
  cpp,
  python: grammar(
    "python",
    "function_definition class_definition assignment",
    "class_definition decorated_definition block expression_statement if_statement else_clause try_statement",
  ),
  go: grammar(
    "go",
    "function_declaration method_declaration type_spec type_alias const_spec var_spec",
    "type_declaration const_declaration var_declaration var_spec_list",
  ),
  rust: grammar(
    "rust",
    "function_item function_signature_item struct_item enum_item union_item trait_item type_item const_item " +
      "static_item mod_item macro_definition",
    "trait_item impl_item mod_item declaration_list",
    32_768,
  ),
  java: grammar(
    "java",
    "class_declaration interface_declaration enum_declaration record_declaration annotation_type_declaration " +
      "method_declaration constructor_declaration field_declaration",
    "class_declaration interface_declaration enum_declaration record_declaration class_body interface_body " +
      "enum_body enum_body_declarations",
  ),
  csharp: grammar(
    "c-sharp",
    "class_declaration struct_declaration interface_declaration record_declaration enum_declaration " +
      "method_declaration constructor_declaration property_declaration delegate_declaration",
    "namespace_declaration file_scoped_namespace_declaration declaration_list class_declaration struct_declaration " +
      "interface_declaration record_declaration",
  ),
  ruby: grammar("ruby", "class module method singleton_method assignment", "class module body_statement"),
  php: grammar(
    "php",
    "class_declaration interface_declaration trait_declaration enum_declaration function_definition " +
      "method_declaration const_element",
    "namespace_definition compound_statement class_declaration interface_declaration trait_declaration " +
      "enum_declaration declaration_list enum_declaration_list const_declaration",
  ),
  shellscript: grammar("bash", "function_definition", "", 16_384),
  powershell: grammar("powershell", "function_statement class_statement", "statement_list", 24_576),
  css: grammar("css", "", ""),
  ini,
  properties: ini,
};
