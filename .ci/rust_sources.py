"""Reads the Rust sources of a crate: its modules, and which file uses which.

It knows as much of the language as `rustfmt` leaves to write: `use` with groups, renames and globs, paths
in expressions and types, re-exports, modules in files and in braces. Comments, the contents of strings, and
everything that only tests or the documentation compile are left out.
"""

import re
from pathlib import Path

WORD = r"[A-Za-z_]\w*"


def blank(text, start, end):
    """Replaces a part of the text by spaces, and keeps its lines."""
    return text[:start] + re.sub(r"[^\n]", " ", text[start:end]) + text[end:]


def without_comments_and_strings(text):
    """The text with comments, strings and characters replaced by spaces: positions stay."""
    token = re.compile(
        r'//[^\n]*|/\*|b?r(#*)"|b?"|b?\'(?:\\(?:u\{[^}]*\}|x[0-9a-fA-F]{2}|.)|[^\\\'\n])\''
    )
    out, at = [], 0
    while match := token.search(text, at):
        start, end = match.span()
        if start and match[0][0] in "br" and (text[start - 1].isalnum() or text[start - 1] == "_"):
            # The end of an identifier, not the beginning of a string.
            out.append(text[at : start + 1])
            at = start + 1
            continue
        if match[0].startswith("//"):
            pass
        elif match[0] == "/*":
            depth = 1
            while depth and (inner := re.compile(r"/\*|\*/").search(text, end)):
                depth += 1 if inner[0] == "/*" else -1
                end = inner.end()
        elif match[0].endswith('"'):
            if "r" in match[0]:
                end = text.index('"' + match[1], end) + 1 + len(match[1])
            else:
                end = re.compile(r'(?:[^"\\]|\\.)*"', re.DOTALL).match(text, end).end()
        out.append(text[at:start])
        out.append(re.sub(r"[^\n]", " ", text[start:end]))
        at = end
    return "".join(out) + text[at:]


def closing(text, start):
    """The position behind the bracket that closes the one at `start`."""
    depth = 0
    for match in re.compile(r"[(\[{}\])]").finditer(text, start):
        depth += 1 if match[0] in "([{" else -1
        if depth == 0:
            return match.end()
    return len(text)


def end_of_item(text, start):
    """The position behind the item, field or statement that begins at `start`."""
    at = start
    while match := re.compile(r"[(\[{;,}]").search(text, at):
        if match[0] in ";":
            return match.end()
        if match[0] == ",":
            # A field or a variant: inside of generic arguments a comma is not an end, but nothing that a
            # test alone compiles ends there in practice.
            return match.end()
        if match[0] == "}":
            return match.start()
        at = closing(text, match.start())
        if match[0] == "{":
            return at
    return len(text)


TEST_ONLY = re.compile(r"#!?\[cfg\((?:test|doc|doctest|all\((?:test|doctest)\b[^\]]*)\)\]")


def without_tests(text):
    """The text without what is compiled for tests or documentation alone; None if that is all of it."""
    while match := TEST_ONLY.search(text):
        if match[0].startswith("#!"):
            return None
        at = match.end()
        while attribute := re.compile(r"\s*#\[").match(text, at):
            at = closing(text, attribute.end() - 1)
        # A function's parameters and return type hold commas.
        head = re.compile(r"\s*(?:pub(?:\([^)]*\))?\s+)?(?:const\s+|async\s+|unsafe\s+)*(fn|impl|trait|use|struct|enum|static)\b")
        if item := head.match(text, at):
            if item[1] == "use" or item[1] == "static":
                end = text.index(";", at) + 1
            else:
                end = re.compile(r"[{;]").search(text, at)
                end = closing(text, end.start()) if end[0] == "{" else end.end()
        else:
            end = end_of_item(text, at)
        text = blank(text, match.start(), end)
    return text


class Module:
    """A module: a file, or braces in a file."""

    def __init__(self, path, file):
        self.path = path
        self.file = file
        self.children = {}
        self.items = set()
        self.bindings = {}
        self.globs = []


class Use:
    """One name that a `use` declaration brings into its module."""

    def __init__(self, module, path, name, public, line):
        self.module, self.path, self.name, self.public, self.line = module, path, name, public, line


def use_tree(text, prefix=()):
    """The paths of a `use` tree, each with the name that it binds; `*` for a glob, None for `as _`."""
    text = text.strip()
    brace = text.find("{")
    if brace >= 0:
        head = tuple(part.strip() for part in text[:brace].split("::") if part.strip())
        inner, depth, part = text[brace + 1 : closing(text, brace) - 1], 0, ""
        for character in inner + ",":
            if character == "," and depth == 0:
                if part.strip():
                    yield from use_tree(part, prefix + head)
                part = ""
                continue
            depth += {"{": 1, "}": -1}.get(character, 0)
            part += character
        return
    text, _, alias = text.partition(" as ")
    path = prefix + tuple(part.strip() for part in text.split("::") if part.strip())
    if path and path[-1] == "self" and len(path) > 1:
        path = path[:-1]
    yield path, (alias.strip() if alias.strip() != "_" else None) if alias else path[-1]


class Crate:
    """The product code of one crate: `files` maps paths relative to `src` to their stripped text."""

    def __init__(self, src, root="lib.rs"):
        self.src = Path(src)
        self.files = {}
        self.raw = {}
        self.modules = {}
        self.uses = []
        self.root = self._load(root, ())

    def _load(self, file, path):
        raw = (self.src / file).read_text()
        text = without_tests(without_comments_and_strings(raw))
        if text is None:
            return None
        self.raw[file] = raw
        self.files[file] = text
        module = self.modules[path] = Module(path, file)
        self._scan(module, text, 0, len(text), file)
        return module

    def _scan(self, module, text, start, end, file):
        """Reads the items of the module between two positions, and the modules that it declares."""
        inner = []
        declaration = re.compile(rf"\bmod\s+({WORD})\s*([;{{])")
        at = start
        while match := declaration.search(text, at, end):
            name, at = match[1], match.end()
            path = module.path + (name,)
            if match[2] == "{":
                at = closing(text, match.end() - 1)
                inner.append((match.start(), at))
                child = self.modules[path] = Module(path, file)
                self._scan(child, text, match.end(), at - 1, file)
                module.children[name] = child
                continue
            folder = Path(*module.path) if module.path else Path()
            for candidate in (folder / f"{name}.rs", folder / name / "mod.rs"):
                if (self.src / candidate).exists():
                    child = self._load(candidate.as_posix(), path)
                    if child:
                        module.children[name] = child
        own = text[start:end]
        for begin, stop in inner:
            own = blank(own, begin - start, stop - start)
        module.own = own
        module.first_line = text.count("\n", 0, start) + 1
        top = outermost(own)
        for item in re.finditer(
            rf"\b(?:struct|enum|union|trait|type|fn|const|static|macro_rules!)\s+(?:mut\s+)?({WORD})", top
        ):
            module.items.add(item[1])
        for use in re.finditer(r"(?m)(\bpub(?:\([^)]*\))?\s+)?\buse\s+([^;]+);", own):
            line = module.first_line + own.count("\n", 0, use.start(2))
            for target, name in use_tree(" ".join(use[2].split())):
                if name == "*":
                    module.globs.append(target[:-1])
                self.uses.append(Use(module, target, name, bool(use[1]), line))
                if name and name != "*":
                    module.bindings.setdefault(name, target)

    def resolve(self, module, path, seen=frozenset(), explicit=False):
        """Where a path leads: `(module, None)` for a module, `(module, name)` for an item of the module
        that defines it, None for another crate."""
        head, rest = path[0], path[1:]
        if head in ("crate", "$crate"):
            return self._walk(self.modules[()], rest, seen)
        if head == "self":
            return self._walk(module, rest, seen)
        if head == "super":
            return self._walk(self.modules[module.path[:-1]], rest, seen) if module.path else None
        return self._walk(module, path, seen, explicit)

    def _walk(self, module, path, seen, explicit=True):
        if not path:
            return module, None
        name, rest = path[0], path[1:]
        if name == "super":
            return self._walk(self.modules[module.path[:-1]], rest, seen) if module.path else None
        if name == "self":
            return self._walk(module, rest, seen)
        if name in module.children:
            return self._walk(module.children[name], rest, seen)
        if name in module.items:
            return module, name
        if (module.path, name) in seen:
            return None
        seen = seen | {(module.path, name)}
        if name in module.bindings:
            found = self.resolve(module, module.bindings[name], seen)
            if found is None:
                return None
            target, item = found
            return self._walk(target, rest, seen) if item is None else found
        for glob in module.globs:
            found = self.resolve(module, glob, seen)
            if found and found[1] is None:
                inner = self._walk(found[0], path, seen, explicit=False)
                if inner:
                    return inner
        # What a macro defines stands in no list of items.
        return (module, name) if explicit else None

    def references(self):
        """Every path of the crate, as `(module, path, line, use)`; `use` is None for a path in an expression
        or a type."""
        for use in self.uses:
            yield use.module, use.path, use.line, use
        path = re.compile(rf"(?<![\w:])(\$?{WORD}(?:\s*::\s*{WORD})+)")
        for module in self.modules.values():
            text = re.sub(r"\buse\s+[^;]+;", lambda m: re.sub(r"[^\n]", " ", m[0]), module.own)
            for match in path.finditer(text):
                parts = tuple(part.strip() for part in match[1].split("::"))
                yield module, parts, module.first_line + text.count("\n", 0, match.start()), None

    def used(self, use):
        """Whether the module that declares a `use` also uses the name itself."""
        if not use.public or use.name is None:
            return True
        text = re.sub(r"\buse\s+[^;]+;", " ", use.module.own)
        return re.search(rf"\b{re.escape(use.name)}\b", text) is not None

    def edges(self):
        """`{file: {other file: line}}`: the files whose items a file names."""
        edges = {file: {} for file in self.files}
        for module, path, line, use in self.references():
            if use and (use.name == "*" or not self.used(use)):
                continue
            found = self.resolve(module, path)
            if found is None:
                continue
            target, item = found
            if item is None or target.file == module.file:
                continue
            edges[module.file].setdefault(target.file, line)
        # A glob brings whatever the text names.
        for use in self.uses:
            if use.name != "*" or use.public:
                continue
            found = self.resolve(use.module, use.path[:-1])
            if not found or found[1] is not None:
                continue
            names = set(re.findall(rf"\b{WORD}\b", use.module.own))
            source = found[0]
            for name in names & (source.items | set(source.bindings)):
                inner = self._walk(source, (name,), frozenset())
                if inner and inner[1] and inner[0].file != use.module.file:
                    edges[use.module.file].setdefault(inner[0].file, use.line)
        return edges

    def external(self):
        """`(file, line, path)` of every path that leads into another crate."""
        for module, path, line, use in self.references():
            head = path[0]
            if head in ("crate", "$crate", "self", "super", "Self"):
                continue
            if head in module.children or head in module.items:
                continue
            if use is None and head in module.bindings:
                full = module.bindings[head] + path[1:]
                if full[0] not in ("crate", "$crate", "self", "super") and full[0] not in module.children:
                    yield module.file, line, full
                continue
            yield module.file, line, path


def outermost(text):
    """The text outside of all braces."""
    out, depth, at = [], 0, 0
    for match in re.finditer(r"[{}]", text):
        if match[0] == "{":
            if depth == 0:
                out.append(text[at : match.start()])
            depth += 1
        else:
            depth -= 1
            at = match.end()
    out.append(text[at:])
    return "".join(out)


def functions(text):
    """`(name, first line, last line, parameters)` of every function with a body."""
    for match in re.finditer(rf"\bfn\s+({WORD})\s*(?=[<(])", text):
        at = match.end()
        if text[at] == "<":
            at = end_of_generics(text, at)
        at = text.index("(", at)
        end = closing(text, at)
        parameters = text[at + 1 : end - 1]
        body = re.compile(r"[{;]").search(text, end)
        if body is None or body[0] == ";":
            continue
        last = closing(text, body.start())
        yield (
            match[1],
            text.count("\n", 0, match.start()) + 1,
            text.count("\n", 0, last - 1) + 1,
            " ".join(parameters.split()),
        )


def end_of_generics(text, start):
    """The position behind the `>` that closes the `<` at `start`; an arrow is no bracket."""
    depth = 0
    for match in re.compile(r"->|[<>]").finditer(text, start):
        if match[0] == "->":
            continue
        depth += 1 if match[0] == "<" else -1
        if depth == 0:
            return match.end()
    return len(text)


def cycles(edges):
    """The groups of files that use each other, largest first."""
    order, seen = [], set()

    def visit(start, graph, into):
        stack = [(start, iter(graph[start]))]
        seen.add(start)
        while stack:
            node, rest = stack[-1]
            for other in rest:
                if other not in seen:
                    seen.add(other)
                    stack.append((other, iter(graph[other])))
                    break
            else:
                stack.pop()
                into.append(node)

    for file in sorted(edges):
        if file not in seen:
            visit(file, {k: sorted(v) for k, v in edges.items()}, order)
    back = {file: [] for file in edges}
    for file, others in edges.items():
        for other in others:
            back[other].append(file)
    seen = set()
    groups = []
    for file in reversed(order):
        if file not in seen:
            group = []
            visit(file, back, group)
            if len(group) > 1:
                groups.append(sorted(group))
    return sorted(groups, key=len, reverse=True)


def reached(edges, start):
    """All files that a file reaches through others, itself included."""
    found, waiting = {start}, [start]
    while waiting:
        for other in edges[waiting.pop()]:
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def product_lines(raw):
    """The number of lines of a file without its tests."""
    text = without_tests(without_comments_and_strings(raw))
    if text is None:
        return 0
    stripped = without_comments_and_strings(raw)
    lost = sum(
        1
        for before, after in zip(stripped.split("\n"), text.split("\n"))
        if before.strip() and not after.strip()
    )
    return raw.count("\n") - lost
