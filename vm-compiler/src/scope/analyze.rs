//! Second pass: decides where every name of every block lives.

use super::{Kind, Place, ScopeId, Scopes, Sym, symbol};
use crate::syntax_error::Fault;
use std::collections::HashSet;

type Set = HashSet<Sym, super::names::SymHasher>;

struct Special {
    class: Sym,
    classdict: Sym,
    conditional: Sym,
}

pub fn analyze(scopes: &mut Scopes) -> Result<(), Fault> {
    let special = Special {
        class: scopes.names.intern("__class__"),
        classdict: scopes.names.intern("__classdict__"),
        conditional: scopes.names.intern("__conditional_annotations__"),
    };
    let (mut free, mut global, mut type_params) = (Set::default(), Set::default(), Set::default());
    block(scopes, 0, None, &mut free, &mut global, &mut type_params, None, &special)
}

#[allow(clippy::too_many_arguments)]
fn block(
    s: &mut Scopes,
    id: ScopeId,
    mut bound: Option<&mut Set>,
    free: &mut Set,
    global: &mut Set,
    type_params: &mut Set,
    class_entry: Option<ScopeId>,
    special: &Special,
) -> Result<(), Fault> {
    let kind = s.tables[id].kind;
    let mut local = Set::default();
    let (mut newglobal, mut newfree, mut newbound) = (Set::default(), Set::default(), Set::default());
    if kind == Kind::Class {
        newglobal.extend(global.iter());
        if let Some(b) = &bound {
            newbound.extend(b.iter());
        }
    }
    for i in 0..s.tables[id].symbols.len() {
        let sym = s.tables[id].symbols[i];
        let place = name(
            s,
            id,
            sym.name,
            sym.flags,
            bound.as_deref_mut(),
            &mut local,
            free,
            global,
            type_params,
            class_entry,
        )?;
        s.tables[id].symbols[i].place = place;
    }
    if kind == Kind::Class {
        newbound.extend([special.class, special.classdict, special.conditional]);
    } else {
        if kind.is_function_like() {
            newbound.extend(local.iter());
        }
        if let Some(b) = &bound {
            newbound.extend(b.iter());
        }
        newglobal.extend(global.iter());
    }
    for child in s.tables[id].children.clone() {
        let new_class_entry = if s.tables[child].can_see_class_scope {
            if kind == Kind::Class { Some(id) } else { class_entry }
        } else {
            None
        };
        let inlined = s.tables[child].kind.is_comprehension()
            && s.tables[child].kind != Kind::Generator
            && !s.tables[id].can_see_class_scope;
        s.tables[child].inlined = inlined;
        let mut child_bound = newbound.clone();
        let mut child_free = Set::default();
        let mut child_global = newglobal.clone();
        let mut child_params = type_params.clone();
        block(
            s,
            child,
            Some(&mut child_bound),
            &mut child_free,
            &mut child_global,
            &mut child_params,
            new_class_entry,
            special,
        )?;
        if inlined {
            inline(s, id, child, &mut child_free, special);
        }
        newfree.extend(child_free.iter());
    }
    if kind.is_function_like() {
        for symbol in &mut s.tables[id].symbols {
            if symbol.place == Place::Local && newfree.remove(&symbol.name) {
                symbol.place = Place::Cell;
            }
        }
    } else if kind == Kind::Class {
        s.tables[id].needs_class_closure |= newfree.remove(&special.class);
        s.tables[id].needs_classdict |= newfree.remove(&special.classdict);
        if newfree.remove(&special.conditional) {
            s.tables[id].has_conditional_annotations = true;
        }
    }
    let mut pass_through: Vec<Sym> = newfree.iter().copied().collect();
    pass_through.sort_by(|a, b| s.names.text(*a).cmp(s.names.text(*b)));
    for n in pass_through {
        let in_bound = bound.as_ref().is_some_and(|b| b.contains(&n));
        let table = &mut s.tables[id];
        let sees_class = table.can_see_class_scope;
        if let Some(sym) = table.get_mut(n) {
            let class = kind == Kind::Class && sym.flags & (symbol::BOUND | symbol::GLOBAL) != 0;
            let sees_class = sees_class && sym.place == Place::GlobalImplicit && in_bound;
            if class || sees_class {
                sym.flags |= symbol::FREE_CLASS;
            }
        } else if in_bound {
            table.entry(n).place = Place::Free;
        }
    }
    free.extend(newfree.iter());
    Ok(())
}

/// A name that an inlined comprehension takes from the block it is inlined into is no closure variable there, unless a
/// function in the comprehension captures it.
fn inline(s: &mut Scopes, id: ScopeId, comp: ScopeId, free: &mut Set, special: &Special) {
    let in_class = s.tables[id].kind == Kind::Class;
    for i in 0..s.tables[comp].symbols.len() {
        let sym = s.tables[comp].symbols[i];
        if sym.flags & symbol::PARAM != 0 {
            continue;
        }
        match s.tables[id].get(sym.name).map(|x| x.flags) {
            None => {
                if sym.place == Place::Free
                    && in_class
                    && [special.class, special.classdict, special.conditional].contains(&sym.name)
                    && !free_in_child(s, comp, sym.name)
                {
                    s.tables[comp].symbols[i].place = Place::GlobalImplicit;
                    free.remove(&sym.name);
                }
            }
            Some(flags) => {
                if flags & symbol::BOUND != 0 && !in_class && !free_in_child(s, comp, sym.name) {
                    free.remove(&sym.name);
                }
            }
        }
    }
}

fn free_in_child(s: &Scopes, id: ScopeId, name: Sym) -> bool {
    s.tables[id].children.iter().any(|&c| {
        let here = s.tables[c].get(name).is_some_and(|x| x.place == Place::Free);
        if s.tables[c].inlined { here && free_in_child(s, c, name) } else { here }
    })
}

#[allow(clippy::too_many_arguments)]
fn name(
    s: &mut Scopes,
    id: ScopeId,
    name: Sym,
    flags: u32,
    bound: Option<&mut Set>,
    local: &mut Set,
    free: &mut Set,
    global: &mut Set,
    type_params: &mut Set,
    class_entry: Option<ScopeId>,
) -> Result<Place, Fault> {
    let fault = |s: &Scopes, msg: String| {
        let range = s.tables[id].directives.iter().find(|d| d.0 == name).map(|d| d.1).unwrap_or_default();
        Err(Fault::new(range, msg))
    };
    if flags & symbol::GLOBAL != 0 {
        if flags & symbol::NONLOCAL != 0 {
            return fault(s, format!("name '{}' is nonlocal and global", s.names.text(name)));
        }
        global.insert(name);
        if let Some(b) = bound {
            b.remove(&name);
        }
        return Ok(Place::GlobalExplicit);
    }
    if flags & symbol::NONLOCAL != 0 {
        let Some(b) = bound else {
            return fault(s, "nonlocal declaration not allowed at module level".into());
        };
        if !b.contains(&name) {
            return fault(s, format!("no binding for nonlocal '{}' found", s.names.text(name)));
        }
        if type_params.contains(&name) {
            return fault(
                s,
                format!("nonlocal binding not allowed for type parameter '{}'", s.names.text(name)),
            );
        }
        free.insert(name);
        return Ok(Place::Free);
    }
    if flags & symbol::BOUND != 0 {
        local.insert(name);
        global.remove(&name);
        if flags & symbol::TYPE_PARAM != 0 {
            type_params.insert(name);
        } else {
            type_params.remove(&name);
        }
        return Ok(Place::Local);
    }
    if let Some(class) = class_entry {
        let class_flags = s.tables[class].flags(name);
        if class_flags & symbol::GLOBAL != 0 {
            return Ok(Place::GlobalExplicit);
        }
        if class_flags & symbol::BOUND != 0 && class_flags & symbol::NONLOCAL == 0 {
            return Ok(Place::GlobalImplicit);
        }
    }
    if bound.is_some_and(|b| b.contains(&name)) {
        free.insert(name);
        return Ok(Place::Free);
    }
    Ok(Place::GlobalImplicit)
}
