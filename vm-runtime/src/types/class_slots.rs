//! Which native functions stand in a class's slots: its base's, its methods' own or the dispatchers to Python methods.
//!
//! After `fixup_slot_dispatchers` of CPython (Objects/typeobject.c).
use super::builtin_function as natives;
use super::slot_defs::{self, SlotDef};
use super::type_::*;
use crate::slots::SlotId;
use crate::thread::Thread;
use crate::types::value_ext::ValueExt;
use std::sync::LazyLock;

/// The rows of `slot_defs` by their slot: (word, rows); a row's number is also that of its name in `Names::slots`.
type Rows = Vec<(usize, Vec<(usize, &'static SlotDef)>)>;

static ROWS: LazyLock<Rows> = LazyLock::new(|| {
    let mut rows: Rows = Vec::new();
    for (i, def) in slot_defs::all().enumerate() {
        match rows.iter_mut().find(|(word, _)| *word == def.word) {
            Some((_, defs)) => defs.push((i, def)),
            None => rows.push((def.word, vec![(i, def)])),
        }
    }
    rows
});

/// Sets every slot of a class from the methods along its MRO.
pub fn fix(th: &Thread, ty: TypeRef) {
    let base = TypeRef::from_value(&ty.base.get(th));
    // Below one base, what the class itself does not define is as in the base.
    let inherited = base.filter(|base| match ty.mro_slice() {
        [_, rest @ ..] => {
            rest.len() == base.mro_slice().len() && rest.iter().zip(base.mro_slice()).all(|(a, b)| a.is(b))
        }
        [] => false,
    });
    for (word, rows) in ROWS.iter() {
        if let Some(base) = inherited
            && *word != SlotId::NewRaw as usize
            && rows.iter().all(|(i, _)| ty.dict().get_interned(th, &th.names().slots[*i]).is_none())
        {
            ty.slots.set_word(*word, base.slots.word(*word));
        } else if !slot_defs::is_sequence_form(*word) {
            ty.slots.set_word(*word, slot_for(th, ty, *word, rows));
        } else if let Some(base) = base {
            // A sequence form comes from the base unless one of its dunders is overridden.
            let overridden = rows.iter().any(|(i, _)| {
                ty.lookup_uncached(th, &th.names().slots[*i])
                    .is_some_and(|f| f.payload::<natives::SlotWrapper>().is_none())
            });
            ty.slots.set_word(*word, if overridden { 0 } else { base.slots.word(*word) });
        }
    }
    super::make::set_generic_flags(ty);
}

/// What belongs into a slot: the native function where the MRO's method is that function's own wrapper, the dispatcher where
/// it is anything else, 0 where there is none.
fn slot_for(th: &Thread, ty: TypeRef, word: usize, rows: &[(usize, &SlotDef)]) -> usize {
    let mut specific = 0;
    let mut generic = 0;
    let mut use_generic = false;
    for (i, def) in rows {
        let Some((descr, _)) = ty.lookup_with_class(th, &th.names().slots[*i]) else { continue };
        generic = (def.dispatch)();
        if let Some(wrapper) = descr.payload::<natives::SlotWrapper>() {
            if wrapper.def.name == def.name
                && ty.is_subtype(wrapper.owner)
                && (specific == 0 || specific == wrapper.word)
            {
                if wrapper.def.word == def.word {
                    specific = wrapper.word;
                    continue;
                }
                // A sequence form's wrapper: the numeric slot stays empty, the sequence slot is inherited.
                continue;
            }
            use_generic = true;
        } else if let Some(of) = natives::new_wrapper_of(&descr).filter(|_| word == SlotId::NewRaw as usize) {
            match natives::makes_whole(ty, of) {
                true => specific = of.slots.word(word),
                false => use_generic = true,
            }
        } else if descr.is_none() && word == SlotId::Hash as usize {
            return 0;
        } else if descr.is_none() && word == SlotId::Next as usize {
            use_generic = true;
        } else if let Some(inner) =
            crate::types::staticmethod::inner(&descr).filter(|_| word == SlotId::NewRaw as usize)
        {
            match natives::new_wrapper_of(&inner) {
                Some(of) if natives::makes_whole(ty, of) => specific = of.slots.word(word),
                _ => use_generic = true,
            }
        } else {
            use_generic = true;
        }
    }
    if use_generic || (specific == 0 && generic != 0 && !only_sequence(th, ty, rows)) {
        generic
    } else {
        specific
    }
}

fn only_sequence(th: &Thread, ty: TypeRef, rows: &[(usize, &SlotDef)]) -> bool {
    rows.iter().all(|(i, _)| match ty.lookup_with_class(th, &th.names().slots[*i]) {
        None => true,
        Some((descr, _)) => {
            descr.payload::<natives::SlotWrapper>().is_some_and(|w| slot_defs::is_sequence_form(w.def.word))
                || natives::new_wrapper_of(&descr).is_some()
        }
    })
}
