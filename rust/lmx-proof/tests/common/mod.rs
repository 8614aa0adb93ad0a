//! Modules written by hand, object by object, in both layouts.
#![allow(dead_code)] // Each test uses its part.

use std::fs;
use std::path::Path;

use lmx_proof::olean::Word;

/// A value as it is stored: a scalar or an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct V(pub u64);

/// A scalar.
pub const fn scalar(n: u64) -> V {
    V(n << 1 | 1)
}

/// An empty list, the empty name, level 0.
pub const NIL: V = scalar(0);

/// A file in the making.
pub struct Image {
    word: Word,
    gmp: bool,
    base: u64,
    bytes: Vec<u8>,
}

impl Image {
    pub fn new(word: Word, base: u64) -> Image {
        let bytes = vec![0; 80 + 2 * word.size()];
        Image {
            word,
            gmp: false,
            base,
            bytes,
        }
    }

    /// With big numbers as GMP has them.
    pub fn with_gmp(mut self) -> Image {
        self.gmp = true;
        self
    }

    fn push_word(&mut self, n: u64) {
        let bytes = n.to_le_bytes();
        self.bytes.extend(&bytes[..self.word.size()]);
    }

    fn begin(&mut self, size: u16, other: u8, tag: u8) -> V {
        while !self.bytes.len().is_multiple_of(self.word.size()) {
            self.bytes.push(0);
        }
        let address = self.base + self.bytes.len() as u64;
        self.bytes.extend([0; 4]);
        self.bytes.extend(size.to_le_bytes());
        self.bytes.extend([other, tag]);
        V(address)
    }

    pub fn ctor(&mut self, tag: u8, fields: &[V], scalars: &[u8]) -> V {
        let size = (8 + fields.len() * self.word.size() + scalars.len()).next_multiple_of(8);
        let object = self.begin(size as u16, fields.len() as u8, tag);
        let end = self.bytes.len() - 8 + size;
        for field in fields {
            self.push_word(field.0);
        }
        self.bytes.extend(scalars);
        self.bytes.resize(end, 0);
        object
    }

    pub fn string(&mut self, text: &str) -> V {
        let object = self.begin(1, 0, 249);
        let size = text.len() as u64 + 1;
        for n in [size, size, text.chars().count() as u64] {
            self.push_word(n);
        }
        self.bytes.extend(text.as_bytes());
        self.bytes.push(0);
        object
    }

    pub fn array(&mut self, elements: &[V]) -> V {
        let object = self.begin(1, 0, 246);
        for _ in 0..2 {
            self.push_word(elements.len() as u64);
        }
        for element in elements {
            self.push_word(element.0);
        }
        object
    }

    /// A number of 32-bit digits, the lowest first.
    pub fn big(&mut self, negative: bool, digits: &[u32]) -> V {
        let object = self.begin(1, 0, 250);
        let word = self.word.size();
        let mut bytes: Vec<u8> = digits.iter().flat_map(|d| d.to_le_bytes()).collect();
        if self.gmp {
            bytes.resize(bytes.len().next_multiple_of(word), 0);
            let len = (bytes.len() / word) as i32;
            self.bytes.extend(len.to_le_bytes());
            self.bytes
                .extend((if negative { -len } else { len }).to_le_bytes());
        } else {
            self.push_word(u64::from(negative));
            self.push_word(digits.len() as u64);
        }
        let here = self.base + (self.bytes.len() + word) as u64;
        self.push_word(here);
        self.bytes.extend(bytes);
        object
    }

    pub fn list(&mut self, elements: &[V]) -> V {
        let mut list = NIL;
        for element in elements.iter().rev() {
            list = self.ctor(1, &[*element, list], &[]);
        }
        list
    }

    /// A name of texts, but for components of digits, which are numbers.
    pub fn name(&mut self, dotted: &str) -> V {
        let mut name = NIL;
        for part in dotted.split('.') {
            let (tag, last) = match part.parse() {
                Ok(n) => (2, scalar(n)),
                Err(_) => (1, self.string(part)),
            };
            name = self.ctor(tag, &[name, last], &[0; 8]);
        }
        name
    }

    pub fn names(&mut self, names: &[&str]) -> V {
        let names: Vec<V> = names.iter().map(|n| self.name(n)).collect();
        self.list(&names)
    }

    /// A term without a binder.
    pub fn expr(&mut self, tag: u8, fields: &[V]) -> V {
        self.ctor(tag, fields, &[0; 8])
    }

    pub fn constant(&mut self, name: &str, levels: &[V]) -> V {
        let (name, levels) = (self.name(name), self.list(levels));
        self.expr(4, &[name, levels])
    }

    pub fn sort(&mut self, level: V) -> V {
        self.expr(3, &[level])
    }

    pub fn bound(&mut self, index: u64) -> V {
        self.expr(0, &[scalar(index)])
    }

    pub fn app(&mut self, f: V, x: V) -> V {
        self.expr(5, &[f, x])
    }

    /// A lambda (6) or a pi (7).
    pub fn binder(&mut self, tag: u8, name: &str, ty: V, body: V, info: u8) -> V {
        let name = self.name(name);
        let scalars = [0, 0, 0, 0, 0, 0, 0, 0, info];
        self.ctor(tag, &[name, ty, body], &scalars)
    }

    pub fn level_succ(&mut self, of: V) -> V {
        self.ctor(1, &[of], &[0; 8])
    }

    pub fn level_param(&mut self, name: &str) -> V {
        let name = self.name(name);
        self.ctor(4, &[name], &[0; 8])
    }

    fn common(&mut self, name: &str, params: &[&str], ty: V) -> V {
        let (name, params) = (self.name(name), self.names(params));
        self.ctor(0, &[name, params, ty], &[])
    }

    pub fn axiom(&mut self, name: &str, params: &[&str], ty: V) -> V {
        let common = self.common(name, params, ty);
        let value = self.ctor(0, &[common], &[0]);
        self.ctor(0, &[value], &[])
    }

    pub fn def(&mut self, name: &str, params: &[&str], ty: V, value: V) -> V {
        let common = self.common(name, params, ty);
        let hints = self.ctor(2, &[], &[7, 0, 0, 0]);
        let all = self.names(&[name]);
        let value = self.ctor(0, &[common, value, hints, all], &[1]);
        self.ctor(1, &[value], &[])
    }

    pub fn theorem(&mut self, name: &str, params: &[&str], ty: V, proof: V) -> V {
        let common = self.common(name, params, ty);
        let all = self.names(&[name]);
        let value = self.ctor(0, &[common, proof, all], &[]);
        self.ctor(2, &[value], &[])
    }

    /// An inductive type without parameters and indices, that is not recursive.
    pub fn inductive(&mut self, name: &str, ty: V, ctors: &[&str]) -> V {
        let common = self.common(name, &[], ty);
        let (all, ctors) = (self.names(&[name]), self.names(ctors));
        let fields = [common, scalar(0), scalar(0), all, ctors, scalar(0)];
        let value = self.ctor(0, &fields, &[0, 0, 0]);
        self.ctor(5, &[value], &[])
    }

    pub fn constructor(&mut self, name: &str, ty: V, induct: &str, index: u64) -> V {
        let common = self.common(name, &[], ty);
        let induct = self.name(induct);
        let fields = [common, induct, scalar(index), scalar(0), scalar(0)];
        let value = self.ctor(0, &fields, &[0]);
        self.ctor(6, &[value], &[])
    }

    /// A recursor with one motive; rules by constructor and right-hand side.
    pub fn recursor(&mut self, name: &str, ty: V, induct: &str, rules: &[(&str, V)]) -> V {
        let common = self.common(name, &["u"], ty);
        let all = self.names(&[induct]);
        let mut list = vec![];
        for (ctor, rhs) in rules {
            let ctor = self.name(ctor);
            list.push(self.ctor(0, &[ctor, scalar(0), *rhs], &[]));
        }
        let rules_list = self.list(&list);
        let minors = scalar(rules.len() as u64);
        let fields = [
            common,
            all,
            scalar(0),
            scalar(0),
            scalar(1),
            minors,
            rules_list,
        ];
        let value = self.ctor(0, &fields, &[0, 0]);
        self.ctor(7, &[value], &[])
    }

    /// A docstring, as a pair.
    pub fn doc(&mut self, name: &str, text: &str) -> V {
        let (name, text) = (self.name(name), self.string(text));
        self.ctor(0, &[name, text], &[])
    }

    pub fn range(&mut self, from: (u64, u64), to: (u64, u64)) -> V {
        let from = self.ctor(0, &[scalar(from.0), scalar(from.1)], &[]);
        let to = self.ctor(0, &[scalar(to.0), scalar(to.1)], &[]);
        self.ctor(0, &[from, scalar(0), to, scalar(0)], &[])
    }

    /// A module's data.
    pub fn module(
        &mut self,
        imports: &[&str],
        constants: &[(&str, V)],
        entries: &[(&str, &[V])],
    ) -> V {
        let mut list = vec![];
        for import in imports {
            let name = self.name(import);
            list.push(self.ctor(0, &[name], &[0, 1, 0]));
        }
        let imports = self.array(&list);
        let names: Vec<V> = constants.iter().map(|(n, _)| self.name(n)).collect();
        let names = self.array(&names);
        let values: Vec<V> = constants.iter().map(|(_, v)| *v).collect();
        let values = self.array(&values);
        let extra = self.array(&[]);
        let mut list = vec![];
        for (extension, entries) in entries {
            let (extension, entries) = (self.name(extension), self.array(entries));
            list.push(self.ctor(0, &[extension, entries], &[]));
        }
        let entries = self.array(&list);
        self.ctor(0, &[imports, names, values, extra, entries], &[1])
    }

    /// The file's bytes.
    pub fn finish(mut self, root: V) -> Vec<u8> {
        let mut header = b"olean\x02".to_vec();
        header.push(u8::from(self.gmp));
        header.extend(b"4.28.0");
        header.resize(40, 0);
        header.extend([b'a'; 40]);
        let word = self.word.size();
        header.extend(&self.base.to_le_bytes()[..word]);
        header.extend(&root.0.to_le_bytes()[..word]);
        self.bytes[..header.len()].copy_from_slice(&header);
        self.bytes
    }
}

/// Writes files below a folder.
pub fn put(folder: &Path, files: &[(&str, &[u8])]) {
    for (name, bytes) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}
