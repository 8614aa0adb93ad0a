//! A device with a compiler for it, and programs compiled.

use std::fmt;
use std::time::{Duration, Instant};

use lmx_graph::{Graph, Program, Role};
use lmx_iree::{Backend, CompiledModule, Compiler, Device, DeviceTensor, Session, Target};

use crate::config::Config;
use crate::error::TrainError;
use crate::tensors::HostTensor;

/// A device, and how to compile for it.
#[derive(Clone, Debug)]
pub struct Engine {
    compiler: Compiler,
    device: Device,
    target: Target,
}

/// A program of a graph, printed and compiled at a batch size.
#[derive(Clone, Debug)]
pub struct Compiled {
    name: String,
    batch: u64,
    inputs: Vec<Port>,
    outputs: Vec<Port>,
    module: CompiledModule,
    /// What printing took.
    pub emission: Duration,
    /// What compiling took, or reading from the cache.
    pub compilation: Duration,
}

/// An input or an output of a compiled program.
#[derive(Clone, Debug)]
pub(crate) struct Port {
    pub(crate) role: Role,
    pub(crate) name: String,
    /// Empty for an output.
    pub(crate) dims: Vec<u64>,
}

/// A compiled program on a device.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) compiled: Compiled,
    session: Session,
}

impl Engine {
    /// Opens a device and finds the compiler.
    ///
    /// # Errors
    /// Those of [`Device::open`] and [`Compiler::find`].
    pub fn open(device: &str, data_tiling: bool, flags: &[String]) -> Result<Engine, TrainError> {
        let backend = match device {
            // The oldest architecture that this compiler knows; the driver translates it for a later one.
            "cuda" => Backend::Cuda {
                arch: "sm_80".to_owned(),
            },
            "vulkan" => Backend::Vulkan { family: None },
            "metal" => Backend::Metal,
            _ => Backend::LlvmCpu,
        };
        let mut target = Target::new(backend).data_tiling(data_tiling);
        for flag in flags {
            target = target.flag(flag);
        }
        // An unknown device should be told of before a missing compiler is.
        let device = Device::open(device)?;
        Ok(Engine {
            compiler: Compiler::find()?,
            device,
            target,
        })
    }

    /// The engine that a run's settings ask for, with the flags for `iree-compile` that the user gave: those in the settings may come from a file.
    ///
    /// # Errors
    /// Those of [`Engine::open`].
    pub fn for_config(config: &Config, flags: &[String]) -> Result<Engine, TrainError> {
        Engine::open(&config.device, config.data_tiling, flags)
    }

    /// The same with another cache of compiled modules.
    pub fn with_cache(mut self, folder: &std::path::Path) -> Engine {
        self.compiler = self.compiler.with_cache(folder);
        self
    }

    /// The device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The compiler.
    pub fn compiler(&self) -> &Compiler {
        &self.compiler
    }

    /// What is compiled for.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Prints and compiles a program of a graph, or takes it from the cache.
    ///
    /// # Errors
    /// [`TrainError::NoProgram`], and those of emission and compilation.
    pub fn compile(&self, graph: &Graph, name: &str, batch: u64) -> Result<Compiled, TrainError> {
        let program = program(graph, name)?;
        let start = Instant::now();
        let text = lmx_mlir::emit(program, batch)?;
        let emission = start.elapsed();
        let start = Instant::now();
        let module = self.compiler.compile(&text, &self.target)?;
        let compilation = start.elapsed();
        let inputs = program.inputs.iter().map(|input| {
            // `emit` has counted them.
            let dims = input.ty.shape.at(batch).unwrap_or_default();
            Port {
                role: input.role,
                name: input.name.clone(),
                dims,
            }
        });
        let outputs = program.outputs.iter().map(|output| Port {
            role: output.role,
            name: output.name.clone(),
            dims: Vec::new(),
        });
        Ok(Compiled {
            name: name.to_owned(),
            batch,
            inputs: inputs.collect(),
            outputs: outputs.collect(),
            module,
            emission,
            compilation,
        })
    }

    pub(crate) fn load(&self, compiled: Compiled) -> Result<Loaded, TrainError> {
        let session = Session::load(&self.device, &compiled.module)?;
        Ok(Loaded { compiled, session })
    }

    /// Copies tensors to the device.
    pub(crate) fn upload(&self, tensors: &[HostTensor]) -> Result<Vec<DeviceTensor>, TrainError> {
        let upload = |t: &HostTensor| DeviceTensor::upload(&self.device, &t.dims, &t.data);
        Ok(tensors.iter().map(upload).collect::<Result<_, _>>()?)
    }

    pub(crate) fn scalar(&self, value: f32) -> Result<DeviceTensor, TrainError> {
        Ok(DeviceTensor::upload(&self.device, &[], &[value])?)
    }

    /// Runs a compiled program once on tensors named `ROLE/NAME`, as in the graph's format, and returns its outputs, named so too.
    ///
    /// # Errors
    /// [`TrainError::Argument`] for an input that is missing, of other dimensions or unknown; and the runtime's.
    pub fn run(
        &self,
        compiled: Compiled,
        inputs: &[HostTensor],
    ) -> Result<Vec<HostTensor>, TrainError> {
        let known: Vec<_> = compiled.inputs.iter().map(Port::label).collect();
        if let Some(other) = inputs.iter().find(|t| !known.contains(&t.name)) {
            return Err(TrainError::Argument {
                program: compiled.name,
                name: other.name.clone(),
                expected: format!("no other input than {}", known.join(", ")),
                found: format!("{:?}", other.dims),
            });
        }
        let loaded = self.load(compiled)?;
        let mut args = Vec::new();
        for port in &loaded.compiled.inputs {
            let label = port.label();
            let given = inputs.iter().find(|t| t.name == label);
            let Some(tensor) = given.filter(|t| t.dims == port.dims) else {
                return Err(TrainError::Argument {
                    program: loaded.compiled.name.clone(),
                    name: label,
                    expected: format!("one of dimensions {:?}", port.dims),
                    found: given.map_or("none".to_owned(), |t| format!("{:?}", t.dims)),
                });
            };
            args.push(DeviceTensor::upload(
                &self.device,
                &tensor.dims,
                &tensor.data,
            )?);
        }
        let results = loaded.call(&args.iter().collect::<Vec<_>>())?;
        let named = loaded.compiled.outputs.iter().zip(&results);
        named
            .map(|(port, tensor)| download(port.label(), tensor))
            .collect()
    }
}

/// A program of a graph.
fn program<'g>(graph: &'g Graph, name: &str) -> Result<&'g Program, TrainError> {
    graph
        .programs
        .get(name)
        .ok_or_else(|| TrainError::NoProgram {
            net: graph.name.clone(),
            found: name.to_owned(),
            known: graph
                .programs
                .keys()
                .cloned()
                .collect::<Vec<_>>()
                .join(", "),
        })
}

/// Copies a tensor from its device.
pub(crate) fn download(name: String, tensor: &DeviceTensor) -> Result<HostTensor, TrainError> {
    Ok(HostTensor {
        name,
        dims: tensor.dims().to_vec(),
        data: tensor.download()?,
    })
}

impl Port {
    fn label(&self) -> String {
        format!("{}/{}", lmx_graph::Named::name(self.role), self.name)
    }
}

impl Compiled {
    /// Its name in the graph.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The batch size.
    pub fn batch(&self) -> u64 {
        self.batch
    }

    /// Whether it came from the cache.
    pub fn cached(&self) -> bool {
        self.module.cached()
    }

    /// The compiled module.
    pub fn module(&self) -> &CompiledModule {
        &self.module
    }

    pub(crate) fn inputs(&self, role: Role) -> impl Iterator<Item = &Port> {
        self.inputs.iter().filter(move |port| port.role == role)
    }

    /// The dimensions of the image or the label.
    pub(crate) fn dims_of(&self, role: Role) -> Result<&[u64], TrainError> {
        let port = self.inputs(role).next();
        port.map(|port| port.dims.as_slice())
            .ok_or_else(|| self.lacks(format!("an input of role {role:?}")))
    }

    pub(crate) fn lacks(&self, expected: String) -> TrainError {
        TrainError::Signature {
            program: self.name.clone(),
            expected,
        }
    }
}

impl Loaded {
    pub(crate) fn call(&self, args: &[&DeviceTensor]) -> Result<Vec<DeviceTensor>, TrainError> {
        Ok(self.session.call(args)?)
    }

    /// The one number that is the output of a role.
    pub(crate) fn number(&self, role: Role, results: &[DeviceTensor]) -> Result<f32, TrainError> {
        let place = self
            .compiled
            .outputs
            .iter()
            .position(|port| port.role == role);
        let tensor = place.and_then(|place| results.get(place));
        let number = match tensor {
            Some(tensor) => tensor.download()?.first().copied(),
            None => None,
        };
        number.ok_or_else(|| self.compiled.lacks(format!("an output of role {role:?}")))
    }

    /// The outputs of a role, in their order.
    pub(crate) fn outputs(&self, role: Role, results: &[DeviceTensor]) -> Vec<DeviceTensor> {
        let pairs = self.compiled.outputs.iter().zip(results);
        pairs
            .filter(|(port, _)| port.role == role)
            .map(|(_, t)| t.clone())
            .collect()
    }
}

impl fmt::Display for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at batch {}: ", self.name, self.batch)?;
        if self.cached() {
            return f.write_str("compiled before");
        }
        let time = self.emission + self.compilation;
        write!(f, "compiled in {:.1} s", time.as_secs_f64())
    }
}
