//! Type parameters of aliases and unions, and putting arguments in their place.
use crate::prelude::*;

fn push_unique(out: &mut Vec<Value>, v: Value) {
    if !out.iter().any(|o| o.is(&v)) {
        out.push(v);
    }
}

/// The type parameters in `args` (a tuple, or any sequence of arguments), each once.
pub fn make_parameters(th: &Thread, args: &Value) -> PyResult<Vec<Value>> {
    let mut out = Vec::new();
    let _guard = th.enter_recursive(" while collecting type parameters")?;
    for arg in items(th, args) {
        if TypeRef::from_value(&arg).is_some() {
            // Classes have no free parameters, whatever attributes they have.
            continue;
        }
        if th.get_attr_opt(&arg, &th.names().__typing_subst__)?.is_some() {
            push_unique(&mut out, arg);
            continue;
        }
        let sub = match th.get_attr_opt(&arg, &th.names().__parameters__)? {
            Some(params) if params.payload::<Tuple>().is_some() => items(th, &params),
            _ if arg.payload::<Tuple>().is_some() || arg.payload::<List>().is_some() => {
                make_parameters(th, &arg)?
            }
            _ => continue,
        };
        for param in sub {
            push_unique(&mut out, param);
        }
    }
    Ok(out)
}

fn items(th: &Thread, v: &Value) -> Vec<Value> {
    if let Some(t) = v.payload::<Tuple>() {
        return t.as_slice().to_vec();
    }
    v.payload::<List>().map(|l| l.to_vec(th)).unwrap_or_default()
}

/// The arguments of a subscript, `*tuple[int, str]` opened.
fn unpack_args(th: &Thread, key: &Value) -> PyResult<Vec<Value>> {
    let given = if key.payload::<Tuple>().is_some() { items(th, key) } else { vec![key.clone()] };
    let mut out = Vec::with_capacity(given.len());
    for item in given {
        if TypeRef::from_value(&item).is_none() {
            let inner = th.get_attr_opt(&item, &th.names().__typing_unpacked_tuple_args__)?;
            if let Some(t) = inner.as_ref().and_then(|v| v.payload::<Tuple>()) {
                let endless = t.as_slice().last().is_some_and(Value::is_ellipsis);
                if !endless {
                    out.extend(t.as_slice().iter().cloned());
                    continue;
                }
            }
        }
        out.push(item);
    }
    Ok(out)
}

/// The arguments `args` of the alias `this` with its parameters replaced by those of the subscript `key`.
pub fn substitute(
    th: &Thread,
    this: &Value,
    args: &Value,
    params: &Value,
    key: &Value,
) -> PyResult<Vec<Value>> {
    let params = items(th, params);
    if params.is_empty() {
        return Err(th.type_error(format!("{} is not a generic class", th.repr_text(this)?)));
    }
    let mut given = th.tuple(unpack_args(th, key)?);
    let prepare_name = th.intern("__typing_prepare_subst__");
    for param in &params {
        if let Some(prepare) = th.get_attr_opt(param, &prepare_name)?.filter(|p| !p.is_none()) {
            let prepared = th.call(&prepare, &[this.clone(), given.clone()])?;
            given = if prepared.payload::<Tuple>().is_some() { prepared } else { th.tuple(vec![prepared]) };
        }
    }
    let given = items(th, &given);
    if given.len() != params.len() {
        let (few, shown) = (if given.len() > params.len() { "many" } else { "few" }, th.repr_text(this)?);
        return Err(th.type_error(format!(
            "Too {few} arguments for {shown}; actual {}, expected {}",
            given.len(),
            params.len()
        )));
    }
    replace(th, args, &params, &given)
}

fn replace(th: &Thread, args: &Value, params: &[Value], given: &[Value]) -> PyResult<Vec<Value>> {
    let _guard = th.enter_recursive(" while substituting type parameters")?;
    let mut out = Vec::new();
    for arg in items(th, args) {
        if TypeRef::from_value(&arg).is_some() {
            out.push(arg);
            continue;
        }
        let is_list = arg.payload::<List>().is_some();
        if is_list || arg.payload::<Tuple>().is_some() {
            // Parameters of a ParamSpec.
            let inner = replace(th, &arg, params, given)?;
            out.push(if is_list { th.list(inner) } else { th.tuple(inner) });
            continue;
        }
        let unpacked = match th.get_attr_str_opt(&arg, "__typing_is_unpacked_typevartuple__")? {
            Some(flag) => th.truth(&flag)?,
            None => false,
        };
        let new = match th.get_attr_opt(&arg, &th.names().__typing_subst__)? {
            Some(subst) => {
                let Some(value) = position(params, &arg).and_then(|i| given.get(i)) else {
                    return Err(th.type_error(format!(
                        "argument {} with __typing_subst__ was not found in __parameters__",
                        th.repr_text(&arg)?
                    )));
                };
                th.call(&subst, std::slice::from_ref(value))?
            }
            None => subscript(th, &arg, params, given)?,
        };
        if unpacked {
            if new.payload::<Tuple>().is_none() {
                let (orig, got) = (arg.type_of(th).full_name(), new.type_name(th));
                return Err(th.type_error(format!(
                    "expected __typing_subst__ of {orig} objects to return a tuple, not {got}"
                )));
            }
            out.extend(items(th, &new));
        } else {
            out.push(new);
        }
    }
    Ok(out)
}

fn position(params: &[Value], v: &Value) -> Option<usize> {
    params.iter().position(|p| p.is(v))
}

/// `arg[...]` with the arguments that its own parameters get.
fn subscript(th: &Thread, arg: &Value, params: &[Value], given: &[Value]) -> PyResult<Value> {
    let Some(own) = th.get_attr_opt(arg, &th.names().__parameters__)? else { return Ok(arg.clone()) };
    let own = own.payload::<Tuple>().map(|t| t.as_slice().to_vec()).unwrap_or_default();
    if own.is_empty() {
        return Ok(arg.clone());
    }
    let mut sub = Vec::with_capacity(own.len());
    for param in own {
        match position(params, &param).and_then(|i| given.get(i)) {
            Some(value) => {
                let many = param.type_of(th).slots.iter().is_some() && value.payload::<Tuple>().is_some();
                if many { sub.extend(items(th, value)) } else { sub.push(value.clone()) }
            }
            None => sub.push(param),
        }
    }
    th.getitem(arg, &th.tuple(sub))
}
