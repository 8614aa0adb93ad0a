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

/-- Each place in turn takes the cotangent that is left, where its slice attains the maximum; what the places took is padded back
into the image and added up. -/
def expandMaxPoolGrad (p : Pool) (x y d : Var) : Build Var := do
  let out := p.window.output p.image
  let w := p.window
  let xp ← padImage w.low w.high (0, 0) .lowest x
  let zero ← constant (.ofNat 0) p.outputShape
  let padded := (w.low.1 + p.image.1 + w.high.1, w.low.2 + p.image.2 + w.high.2)
  let step (acc : Option Var × Var) (q : Nat × Nat) : Build (Option Var × Var) := do
    let s ← sliceImage q out w.stride xp
    let hit ← compare .ge s y
    let taken ← select hit acc.2 zero
    let left ← select hit zero acc.2
    let rest := (padded.1 - (q.1 + (out.1 - 1) * w.stride.1 + 1), padded.2 - (q.2 + (out.2 - 1) * w.stride.2 + 1))
    let back ← padImage q rest (w.stride.1 - 1, w.stride.2 - 1) (.ofNat 0) taken
    match acc.1 with
    | none => return (some back, left)
    | some sum => return (some (← add sum back), left)
  let r ← buildFold step (none, d) w.places
  let sum ← orZeros (imageShape padded p.channels) r.1
  sliceImage w.low p.image (1, 1) sum

end Lmx
end
