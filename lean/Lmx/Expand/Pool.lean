module
public import Lmx.Expand.Conv
@[expose] public section

/-!
# Max-pooling as slices and maxima

The maximum of each window is the maximum of strided slices, one for each place of the window. Padding is with the least binary32
number, which changes no maximum of such numbers.
-/

namespace Lmx

/-- The least finite binary32 number, `-(2^128 - 2^104)`. -/
def Literal.lowest : Literal := ⟨true, 340282346638528859811704183484516925440, 1⟩

/-- `max_place slice_place(pad x)`. -/
def expandMaxPool (p : Pool) (x : Var) : Build Var := do
  let out := p.window.output p.image
  let xp ← padImage p.window.low p.window.high (0, 0) .lowest x
  match p.window.places with
  | [] => constant .lowest p.outputShape
  | q :: qs => do
    let first ← sliceImage q out p.window.stride xp
    buildFold (fun acc q => do
      let s ← sliceImage q out p.window.stride xp
      maximum acc s) first qs

/-- What a place takes of the cotangent that is left, which is where its slice attains the maximum: the comparison, and what it takes,
put back into the padded image. -/
def takePlace (p : Pool) (padded y zero left : Var) (q : Nat × Nat) : Build (Var × Var) := do
  let w := p.window
  let out := w.output p.image
  let s ← sliceImage q out w.stride padded
  let hit ← compare .ge s y
  let taken ← select hit left zero
  let rest := (w.low.1 + p.image.1 + w.high.1 - (q.1 + (out.1 - 1) * w.stride.1 + 1),
    w.low.2 + p.image.2 + w.high.2 - (q.2 + (out.2 - 1) * w.stride.2 + 1))
  let back ← padImage q rest (w.stride.1 - 1, w.stride.2 - 1) (.ofNat 0) taken
  return (hit, back)

/-- Each place in turn takes of the cotangent what the places before it left; what the places took is added up. -/
def expandMaxPoolGrad (p : Pool) (x y d : Var) : Build Var := do
  let padded ← padImage p.window.low p.window.high (0, 0) .lowest x
  let zero ← constant (.ofNat 0) p.outputShape
  match p.window.places with
  | [] => constant (.ofNat 0) p.imageShape
  | q :: qs => do
    let first ← takePlace p padded y zero d q
    let r ← buildFold (fun (acc : (Var × Var) × Var) q => do
      let left ← select acc.1.1 zero acc.1.2
      let new ← takePlace p padded y zero left q
      return ((new.1, left), ← add acc.2 new.2)) ((first.1, d), first.2) qs
    sliceImage p.window.low p.image (1, 1) r.2

end Lmx
end
