//! What a source file names: every path in it, made absolute.
//!
//! Seen are `use` trees, paths in types, expressions, patterns and attributes, and whatever looks like a path between
//! the brackets of a macro. Names that a `use` or `mod` brings into scope are followed, so that `sqlite::open` counts
//! as `crate::store::sqlite::open`. Not seen are names in strings. What is compiled only for tests is left out: a unit
//! test may name what its module must not.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

/// Aliases may lead to aliases; more than this many in a row are a circle.
const MAX_ALIASES: usize = 16;

type Path = Vec<String>;

/// What a source names.
pub struct Source {
    pub imports: Vec<Import>,
    /// The modules in files of their own that are compiled only for tests, such as `["crate", "store", "tests"]`.
    pub test_modules: Vec<Path>,
}

/// A path that a source names: `["crate", "store", "connect"]`, `["sqlx", "query"]`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Import {
    pub path: Path,
    /// Counted from 1.
    pub line: usize,
}

impl Source {
    /// Reads the source of a module, such as `["crate", "store"]`.
    pub fn read(text: &str, module: &[&str]) -> syn::Result<Self> {
        let file = syn::parse_file(text)?;
        let module: Path = module.iter().map(|&name| name.to_owned()).collect();
        let mut reader = Reader { scope: module, ..Reader::default() };
        reader.visit_file(&file);
        let mut seen = HashSet::new();
        let imports = reader.named.iter().map(|named| Import { path: reader.absolute(named), line: named.line });
        let imports = imports.filter(|import| seen.insert(import.clone())).collect();
        Ok(Self { imports, test_modules: reader.test_modules })
    }
}

/// A path as it is written.
#[derive(Clone)]
struct Named {
    /// The module in which it is written.
    scope: Path,
    path: Path,
    /// Whether it starts with `::`, that is with a crate.
    global: bool,
    line: usize,
}

#[derive(Default)]
struct Reader {
    scope: Path,
    named: Vec<Named>,
    /// What a name of a module stands for.
    aliases: HashMap<(Path, String), Named>,
    test_modules: Vec<Path>,
}

impl Reader {
    fn name(&mut self, path: Path, global: bool, span: Span) -> Named {
        let named = Named { scope: self.scope.clone(), path, global, line: span.start().line };
        self.named.push(named.clone());
        named
    }

    fn alias(&mut self, name: String, named: Named) {
        self.aliases.insert((self.scope.clone(), name), named);
    }

    fn absolute(&self, named: &Named) -> Path {
        let mut named = named.clone();
        for _ in 0..MAX_ALIASES {
            let Some(first) = named.path.first().cloned().filter(|_| !named.global) else { break };
            // How many names at the start stand for something else, and for what.
            let (count, meant) = match first.as_str() {
                "crate" => break,
                "self" => (1, named.scope.clone()),
                "super" => {
                    let count = named.path.iter().take_while(|name| *name == "super").count();
                    let parent = named.scope.len().saturating_sub(count);
                    (count, named.scope.iter().take(parent).cloned().collect())
                }
                _ => {
                    let Some(alias) = self.aliases.get(&(named.scope.clone(), first)) else { break };
                    (named.scope, named.global) = (alias.scope.clone(), alias.global);
                    (1, alias.path.clone())
                }
            };
            named.path.splice(..count, meant);
        }
        named.path
    }

    fn use_tree(&mut self, tree: &UseTree, mut path: Path, global: bool) {
        match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                self.use_tree(&tree.tree, path, global);
            }
            UseTree::Group(tree) => tree.items.iter().for_each(|tree| self.use_tree(tree, path.clone(), global)),
            UseTree::Glob(tree) => {
                self.name(path, global, tree.star_token.spans[0]);
            }
            UseTree::Name(tree) => self.use_name(path, &tree.ident, None, global),
            UseTree::Rename(tree) => self.use_name(path, &tree.ident, Some(&tree.rename), global),
        }
    }

    fn use_name(
        &mut self,
        mut path: Path,
        ident: &proc_macro2::Ident,
        rename: Option<&proc_macro2::Ident>,
        global: bool,
    ) {
        if ident != "self" || path.is_empty() {
            path.push(ident.to_string());
        }
        let name = rename.map(ToString::to_string).or_else(|| path.last().cloned());
        // `use poem;` brings in what is called so anyway; as an alias it would lead to itself.
        let leads_on = path.len() > 1 || rename.is_some();
        let named = self.name(path, global, ident.span());
        if let Some(name) = name.filter(|_| leads_on) {
            self.alias(name, named);
        }
    }

    /// Finds `a::b::c` among tokens; `prefix` is what stood before a group: `a::{b, c}`.
    fn tokens(&mut self, tokens: TokenStream, prefix: &[String]) {
        let mut path = prefix.to_vec();
        let (mut colons, mut global, mut start) = (0, false, None);
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                TokenTree::Ident(ident) => {
                    if start.is_some() && colons != 2 {
                        self.token_path(std::mem::replace(&mut path, prefix.to_vec()), global, start);
                        start = None;
                    }
                    global = if start.is_none() { colons == 2 && prefix.is_empty() } else { global };
                    start = start.or(Some(ident.span()));
                    path.push(ident.to_string());
                    colons = 0;
                }
                other => {
                    if let TokenTree::Group(group) = other {
                        let leads_in = start.is_some() && colons == 2 && group.delimiter() == Delimiter::Brace;
                        self.tokens(group.stream(), if leads_in { &path } else { &[] });
                    }
                    self.token_path(std::mem::replace(&mut path, prefix.to_vec()), global, start.take());
                    colons = 0;
                }
            }
        }
        self.token_path(path, global, start);
    }

    fn token_path(&mut self, path: Path, global: bool, start: Option<Span>) {
        if let Some(span) = start.filter(|_| path.len() > 1) {
            self.name(path, global, span);
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        let is_test = attributes(item).iter().any(is_for_tests);
        match item {
            Item::Mod(module) if is_test && module.content.is_none() => {
                self.test_modules.push(self.scope.iter().cloned().chain([module.ident.to_string()]).collect());
            }
            _ if is_test => {}
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !function.attrs.iter().any(is_for_tests) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        let name = module.ident.to_string();
        let path = self.scope.iter().cloned().chain([name.clone()]).collect();
        let named = Named { scope: self.scope.clone(), path, global: false, line: module.ident.span().start().line };
        self.alias(name.clone(), named);
        self.scope.push(name);
        visit::visit_item_mod(self, module);
        self.scope.pop();
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.use_tree(&item.tree, Path::new(), item.leading_colon.is_some());
    }

    fn visit_item_extern_crate(&mut self, item: &'ast syn::ItemExternCrate) {
        let named = self.name(vec![item.ident.to_string()], true, item.ident.span());
        if let Some((_, rename)) = &item.rename {
            self.alias(rename.to_string(), named);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Path = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if let Some(first) = path.segments.first().filter(|_| names.len() > 1) {
            self.name(names, path.leading_colon.is_some(), first.ident.span());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone(), &[]);
        visit::visit_macro(self, call);
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.tokens(list.tokens.clone(), &[]);
        }
        visit::visit_attribute(self, attribute);
    }
}

/// Whether something is compiled only for tests: `#[cfg(test)]`, `#[cfg(all(test, ...))]`.
fn is_for_tests(attribute: &Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return false };
    let condition = list.tokens.to_string().replace(' ', "");
    list.path.is_ident("cfg") && (condition == "test" || condition.starts_with("all(test,"))
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a source of `crate::store` names, as `line path`.
    fn named(text: &str) -> Vec<String> {
        let source = Source::read(text, &["crate", "store"]).unwrap();
        source.imports.iter().map(|import| format!("{} {}", import.line, import.path.join("::"))).collect()
    }

    #[test]
    fn a_grouped_and_renamed_use_is_every_path_of_it() {
        assert_eq!(
            named("use crate::{http::{self, server::Server as S}, blob::*};\nuse super::app;\nuse self::a::b;"),
            ["1 crate::http", "1 crate::http::server::Server", "1 crate::blob", "2 crate::app", "3 crate::store::a::b"]
        );
    }

    #[test]
    fn a_path_needs_no_use() {
        assert_eq!(
            named("fn f(a: &poem::Request) -> Vec<crate::http::X<hyper::Y>> { ::clap::run(); a::b }"),
            ["1 poem::Request", "1 crate::http::X", "1 hyper::Y", "1 clap::run", "1 a::b"]
        );
    }

    #[test]
    fn aliases_are_followed() {
        let text = "use crate::http as h;\nuse h::server;\nmod image;\nfn f() { server::run(); image::x(); gif::y() }";
        assert_eq!(
            named(text),
            [
                "1 crate::http",
                "2 crate::http::server",
                "4 crate::http::server::run",
                "4 crate::store::image::x",
                "4 gif::y"
            ]
        );
        assert_eq!(named("extern crate poem as p; type A = p::B;"), ["1 poem", "1 poem::B"]);
        assert_eq!(named("use a::b as a; type C = a::D;").len(), 2, "a circle ends");
    }

    #[test]
    fn an_inner_module_has_a_scope_of_its_own() {
        let text = "use crate::http as image; mod inner { use super::super::app; type A = image::B; }";
        assert_eq!(named(text), ["1 crate::http", "1 crate::app", "1 image::B"]);
    }

    #[test]
    fn macros_and_attributes_are_looked_into() {
        assert_eq!(
            named("fn f() { tokio::select! { _ = crate::http::x(poem::y) => ::clap::z!(a: b) } }"),
            ["1 poem::y", "1 crate::http::x", "1 clap::z", "1 tokio::select"]
        );
        assert_eq!(
            named("macro_rules! m { () => { use $crate::{http::x, app}; } }"),
            ["1 crate::http::x", "1 crate::app"]
        );
        assert_eq!(named("#[derive(Debug, clap::Args)]\nstruct A;"), ["1 clap::Args"]);
        assert_eq!(named("#[poem::handler]\nfn f() {}"), ["1 poem::handler"]);
    }

    #[test]
    fn what_is_only_for_tests_is_left_out() {
        let text = "#[cfg(test)]\nmod tests { use crate::http; }\n#[cfg(all(test, unix))]\nuse crate::app;\n\
                    struct A; impl A { #[cfg(test)] fn f() { poem::x() } }\n#[cfg(test)]\nmod more;";
        let source = Source::read(text, &["crate", "store"]).unwrap();
        assert_eq!(source.imports, []);
        assert_eq!(source.test_modules, [["crate", "store", "more"]]);
        assert_eq!(named("#[cfg(not(test))]\nuse crate::http;"), ["2 crate::http"]);
    }
}
