module
public import Init
@[expose] public section

/-!
# SHA-256

FIPS 180-4, so that Lean itself names the files that it writes. The Rust side computes the same hash with a library, and
CI compares the two on every exported file.
-/

namespace Lmx.Sha256

/-- Rotation to the right. -/
@[inline] def rotr (x n : UInt32) : UInt32 := UInt32.lor (UInt32.shiftRight x n) (UInt32.shiftLeft x (UInt32.sub 32 n))

/-- The round constants (FIPS 180-4, section 4.2.2). -/
def roundConstants : Array UInt32 := #[
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2]

/-- The eight working variables. -/
structure State where
  (a b c d e f g h : UInt32)

/-- The initial hash value (section 5.3.3). -/
def initial : State :=
  ⟨0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19⟩

/-- The big-endian word at a byte offset. -/
def word (bytes : ByteArray) (i : Nat) : UInt32 :=
  UInt32.lor (UInt32.lor (UInt32.shiftLeft (bytes.get! i).toUInt32 24) (UInt32.shiftLeft (bytes.get! (i + 1)).toUInt32 16))
    (UInt32.lor (UInt32.shiftLeft (bytes.get! (i + 2)).toUInt32 8) (bytes.get! (i + 3)).toUInt32)

/-- The first 16 words of the schedule. -/
def load (bytes : ByteArray) (offset : Nat) : Nat → Array UInt32 → Array UInt32
  | 0, w => w
  | n + 1, w => load bytes (offset + 4) n (w.push (word bytes offset))

/-- The rest of the schedule (section 6.2.2, step 1). -/
def extend (w : Array UInt32) (t : Nat) : Nat → Array UInt32
  | 0 => w
  | n + 1 =>
    let x := w[t - 15]!
    let y := w[t - 2]!
    let s0 := UInt32.xor (UInt32.xor (rotr x 7) (rotr x 18)) (UInt32.shiftRight x 3)
    let s1 := UInt32.xor (UInt32.xor (rotr y 17) (rotr y 19)) (UInt32.shiftRight y 10)
    extend (w.push (UInt32.add (UInt32.add w[t - 16]! s0) (UInt32.add w[t - 7]! s1))) (t + 1) n

/-- The rounds (section 6.2.2, step 3). -/
def rounds (k w : Array UInt32) (t : Nat) (a b c d e f g h : UInt32) : Nat → State
  | 0 => ⟨a, b, c, d, e, f, g, h⟩
  | n + 1 =>
    let s1 := UInt32.xor (UInt32.xor (rotr e 6) (rotr e 11)) (rotr e 25)
    let ch := UInt32.xor g (UInt32.land e (UInt32.xor f g))
    let t1 := UInt32.add (UInt32.add (UInt32.add h s1) (UInt32.add ch k[t]!)) w[t]!
    let s0 := UInt32.xor (UInt32.xor (rotr a 2) (rotr a 13)) (rotr a 22)
    let maj := UInt32.lor (UInt32.land a b) (UInt32.land c (UInt32.lor a b))
    rounds k w (t + 1) (UInt32.add t1 (UInt32.add s0 maj)) a b c (UInt32.add d t1) e f g n

/-- The hash value after one more block. -/
def block (k : Array UInt32) (bytes : ByteArray) (offset : Nat) (s : State) : State :=
  let w := extend (load bytes offset 16 (Array.mkEmpty 64)) 16 48
  let r := rounds k w 0 s.a s.b s.c s.d s.e s.f s.g s.h 64
  ⟨UInt32.add s.a r.a, UInt32.add s.b r.b, UInt32.add s.c r.c, UInt32.add s.d r.d,
   UInt32.add s.e r.e, UInt32.add s.f r.f, UInt32.add s.g r.g, UInt32.add s.h r.h⟩

/-- The hash value after `n` blocks. -/
def blocks (k : Array UInt32) (bytes : ByteArray) (offset : Nat) (s : State) : Nat → State
  | 0 => s
  | n + 1 => blocks k bytes (offset + 64) (block k bytes offset s) n

/-- `n` zero bytes more. -/
def pushZeros (bytes : ByteArray) : Nat → ByteArray
  | 0 => bytes
  | n + 1 => pushZeros (bytes.push 0) n

/-- The lowest `n` bytes of a number, big-endian. -/
def pushNat (bytes : ByteArray) (x : Nat) : Nat → ByteArray
  | 0 => bytes
  | n + 1 => (pushNat bytes (x / 256) n).push (UInt8.ofNat (x % 256))

/-- The message with a 1 bit, zeros, and its length in bits, in whole blocks (section 5.1.1). -/
def padMessage (bytes : ByteArray) : ByteArray :=
  let n := bytes.size
  pushNat (pushZeros (bytes.push 0x80) ((119 - n % 64) % 64)) (n * 8) 8

/-- A hexadecimal digit. -/
def digit (n : Nat) : String :=
  String.singleton (Char.ofNat (if n < 10 then 48 + n else 87 + n))

/-- `n` hexadecimal digits of a number. -/
def hex (x : Nat) : Nat → String
  | 0 => ""
  | n + 1 => hex (x / 16) n ++ digit (x % 16)

/-- Eight hexadecimal digits. -/
def hexWord (x : UInt32) : String := hex x.toNat 8

/-- The SHA-256 of bytes, as 64 hexadecimal digits. -/
def ofBytes (bytes : ByteArray) : String :=
  let m := padMessage bytes
  let s := blocks roundConstants m 0 initial (m.size / 64)
  hexWord s.a ++ hexWord s.b ++ hexWord s.c ++ hexWord s.d ++ hexWord s.e ++ hexWord s.f ++ hexWord s.g ++ hexWord s.h

/-- The SHA-256 of a text's UTF-8. -/
def ofString (s : String) : String := ofBytes s.toUTF8

end Lmx.Sha256
end
