//! The real runtime on modules compiled by the real compiler.

mod common;

use std::thread;

use common::{compile, compiler, download, main_function, sum_and_product};
use lmx_iree::{Backend, Device, DeviceTensor, IreeError, Session, Target};

const LOCAL: [&str; 2] = ["local-sync", "local-task"];

#[test]
fn runs_on_both_local_devices() {
    for name in LOCAL {
        let device = Device::open(name).unwrap();
        let session = Session::load(&device, &compile(&sum_and_product(3))).unwrap();
        let x = DeviceTensor::upload(&device, &[3], &[1.0, 2.0, 3.0]).unwrap();
        let y = DeviceTensor::upload(&device, &[3], &[4.0, 5.0, -0.5]).unwrap();
        let results = session.call(&[&x, &y]).unwrap();
        assert_eq!(
            download(&results),
            [[5.0, 7.0, 2.5], [4.0, 10.0, -1.5]],
            "{name}"
        );
        // Arguments are unchanged, and may be one tensor twice.
        assert_eq!(
            download(&session.call(&[&x, &x]).unwrap()),
            [[2.0, 4.0, 6.0], [1.0, 4.0, 9.0]],
            "{name}"
        );
        // Results are arguments.
        let again = session.call(&[&results[0], &results[1]]).unwrap();
        assert_eq!(
            download(&again),
            [[9.0, 17.0, 1.0], [20.0, 70.0, -3.75]],
            "{name}"
        );
    }
}

#[test]
fn scalars_and_shapes() {
    let device = Device::open("local-sync").unwrap();
    let text = main_function(
        "%x: tensor<2x3xf32>, %s: tensor<f32>",
        "(tensor<3x2xf32>, tensor<f32>)",
        "    %t = stablehlo.transpose %x, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>\n\
         \x20   %n = stablehlo.negate %s : tensor<f32>\n\
         \x20   return %t, %n : tensor<3x2xf32>, tensor<f32>",
    );
    let session = Session::load(&device, &compile(&text)).unwrap();
    let x = DeviceTensor::upload(&device, &[2, 3], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
    let s = DeviceTensor::upload(&device, &[], &[7.0]).unwrap();
    let results = session.call(&[&x, &s]).unwrap();
    assert_eq!(
        (results[0].dims(), results[1].dims()),
        ([3, 2].as_slice(), [].as_slice())
    );
    assert_eq!(
        download(&results),
        [vec![0.0, 3.0, 1.0, 4.0, 2.0, 5.0], vec![-7.0]]
    );
}

#[test]
fn bits_survive() {
    let device = Device::open("local-task").unwrap();
    let data = [
        0.0,
        -0.0,
        f32::MIN_POSITIVE / 2.0,
        f32::MAX,
        f32::INFINITY,
        f32::NAN,
    ];
    let tensor = DeviceTensor::upload(&device, &[6], &data).unwrap();
    let back = tensor.download().unwrap();
    assert_eq!(
        back.iter().map(|x| x.to_bits()).collect::<Vec<_>>(),
        data.map(f32::to_bits)
    );
}

#[test]
fn tensors_outlive_the_handles_they_came_from() {
    let tensors = {
        let device = Device::open("local-task").unwrap();
        let session = Session::load(&device, &compile(&sum_and_product(3))).unwrap();
        let x = DeviceTensor::upload(&device, &[3], &[1.0, 2.0, 3.0]).unwrap();
        session.call(&[&x, &x]).unwrap()
    };
    assert_eq!(download(&tensors)[1], [1.0, 4.0, 9.0]);
}

#[test]
fn a_session_and_its_tensors_may_change_threads() {
    let device = Device::open("local-task").unwrap();
    let session = Session::load(&device, &compile(&sum_and_product(3))).unwrap();
    let x = DeviceTensor::upload(&device, &[3], &[1.0, 2.0, 3.0]).unwrap();
    // Callers, uploaders and droppers on four threads at once.
    thread::scope(|scope| {
        for k in 0..4_u8 {
            let (session, device, x) = (&session, &device, &x);
            scope.spawn(move || {
                let y = DeviceTensor::upload(device, &[3], &[f32::from(k); 3]).unwrap();
                for _ in 0..200 {
                    let sum = session.call(&[x, &y]).unwrap().swap_remove(0);
                    assert_eq!(
                        sum.download().unwrap(),
                        [1.0, 2.0, 3.0].map(|x| x + f32::from(k))
                    );
                }
            });
        }
    });
    let moved = thread::spawn(move || session.call(&[&x, &x]).map(|r| r[0].download()));
    assert_eq!(moved.join().unwrap().unwrap().unwrap(), [2.0, 4.0, 6.0]);
}

#[test]
fn wrong_arguments_are_errors_and_the_session_lives_on() {
    let device = Device::open("local-sync").unwrap();
    let session = Session::load(&device, &compile(&sum_and_product(3))).unwrap();
    let x = DeviceTensor::upload(&device, &[3], &[1.0; 3]).unwrap();
    let wide = DeviceTensor::upload(&device, &[4], &[1.0; 4]).unwrap();
    let deep = DeviceTensor::upload(&device, &[3, 1], &[1.0; 3]).unwrap();
    for (args, part) in [
        (vec![&x], "INVALID_ARGUMENT"),
        (vec![&x, &x, &x], "INVALID_ARGUMENT"),
        (
            vec![&x, &wide],
            "input1 shape dimension 0 mismatch; expected 3 but have 4",
        ),
        (vec![&x, &deep], "input1 shape rank mismatch"),
    ] {
        let message = session.call(&args).unwrap_err().to_string();
        assert!(message.contains(part), "{message}");
        assert!(
            !message.contains(".cargo"),
            "a path of the build is in: {message}"
        );
    }
    let other = Device::open("local-sync").unwrap();
    let foreign = DeviceTensor::upload(&other, &[3], &[1.0; 3]).unwrap();
    assert!(matches!(
        session.call(&[&x, &foreign]).unwrap_err(),
        IreeError::OtherDevice { index: 1, .. }
    ));
    assert_eq!(download(&session.call(&[&x, &x]).unwrap())[0], [2.0; 3]);
}

#[test]
fn wrong_lengths_and_sizes_are_errors() {
    let device = Device::open("local-sync").unwrap();
    let error = DeviceTensor::upload(&device, &[2, 3], &[0.0; 5])
        .unwrap_err()
        .to_string();
    assert!(error.contains("[2, 3] has 6 elements, found 5"), "{error}");
    let error = DeviceTensor::upload(&device, &[u64::MAX, 2], &[]).unwrap_err();
    assert!(matches!(error, IreeError::TooLarge { .. }), "{error}");
}

#[test]
fn unknown_devices_and_foreign_modules_are_errors() {
    let error = Device::open("local-tusk").unwrap_err().to_string();
    assert!(
        error.contains("\"local-tusk\"") && error.contains("local-task, local-sync"),
        "{error}"
    );
    #[cfg(not(feature = "cuda"))]
    {
        let error = Device::open("cuda").unwrap_err().to_string();
        assert!(error.contains("--features cuda"), "{error}");
    }
    let device = Device::open("local-sync").unwrap();
    let renamed = sum_and_product(2).replace("@main", "@other");
    let error = Session::load(&device, &compile(&renamed))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("NOT_FOUND; no function `main` exported"),
        "{error}"
    );
    let gpu = compiler()
        .compile(
            &sum_and_product(2),
            &Target::new(Backend::Vulkan { family: None }),
        )
        .unwrap();
    let error = Session::load(&device, &gpu).unwrap_err().to_string();
    assert!(
        error.contains("on local-sync: INCOMPATIBLE; HAL device"),
        "{error}"
    );
}
