(module
  (type (;0;) (func (param i32)))
  (type (;1;) (func (result i32)))
  (type (;2;) (func (param i64 i64 i32) (result i64)))
  (import "env" "memory" (memory (;0;) 1 65536 shared))
  (import "leaves" "fp_enable" (func (;0;) (type 1)))
  (import "leaves" "f64_add" (func (;1;) (type 2)))
  (func (;2;) (type 0) (param i32)
    (local i64 i32 i32 f64 f64 i32 i32 f64 f64)
    (local.set 1
      (i64.sub
        (i64.load offset=4864
          (i32.const 0))
        (i64.const 0)))
    (i64.store offset=5056
      (i32.const 0)
      (local.get 1))
    (local.set 2
      (i32.load offset=4880
        (i32.const 0)))
    (local.set 3
      (i32.load offset=4892
        (i32.const 0)))
    (local.set 4
      (f64.load offset=528
        (i32.const 0)))
    (local.set 5
      (f64.load offset=536
        (i32.const 0)))
    (if  ;; label = @1
      (i32.lt_s
        (local.get 2)
        (i32.const 1))
      (then
        (i64.store offset=4864
          (i32.const 0)
          (i64.add
            (local.get 1)
            (i64.const 0)))
        (i32.store offset=4880
          (i32.const 0)
          (local.get 2))
        (return)))
    (local.set 2
      (i32.sub
        (local.get 2)
        (i32.const 1)))
    (if  ;; label = @1
      (i32.eqz
        (i32.load offset=4900
          (i32.const 0)))
      (then
        (i64.store offset=4864
          (i32.const 0)
          (i64.add
            (local.get 1)
            (i64.const 0)))
        (i32.store offset=4880
          (i32.const 0)
          (local.get 2))
        (local.set 6
          (call 0))
        (if  ;; label = @2
          (i32.load offset=4884
            (i32.const 0))
          (then
            (return)))
        (local.set 2
          (i32.sub
            (i32.load offset=4880
              (i32.const 0))
            (i32.const 0)))))
    (local.set 7
      (i32.eqz
        (i32.or
          (i32.load offset=4904
            (i32.const 0))
          (i32.xor
            (i32.and
              (i32.load offset=4908
                (i32.const 0))
              (i32.const 1))
            (i32.const 1)))))
    (if  ;; label = @1
      (local.get 7)
      (then
        (local.set 8
          (f64.add
            (local.get 4)
            (local.get 5)))
        (if  ;; label = @2
          (i32.lt_u
            (i32.sub
              (i32.and
                (i32.wrap_i64
                  (i64.shr_u
                    (i64.reinterpret_f64
                      (local.get 8))
                    (i64.const 52)))
                (i32.const 2047))
              (i32.const 2))
            (i32.const 2045))
          (then
            (local.set 9
              (local.get 8)))
          (else
            (local.set 9
              (f64.reinterpret_i64
                (call 1
                  (i64.reinterpret_f64
                    (local.get 4))
                  (i64.reinterpret_f64
                    (local.get 5))
                  (i32.const 0)))))))
      (else
        (local.set 9
          (f64.reinterpret_i64
            (call 1
              (i64.reinterpret_f64
                (local.get 4))
              (i64.reinterpret_f64
                (local.get 5))
              (i32.const 0))))
        (local.set 7
          (i32.eqz
            (i32.or
              (i32.load offset=4904
                (i32.const 0))
              (i32.xor
                (i32.and
                  (i32.load offset=4908
                    (i32.const 0))
                  (i32.const 1))
                (i32.const 1)))))))
    (f64.store offset=520
      (i32.const 0)
      (local.get 9))
    (i64.store offset=4864
      (i32.const 0)
      (i64.add
        (local.get 1)
        (i64.const 4)))
    (i32.store offset=4880
      (i32.const 0)
      (local.get 2))
    (return))
  (export "enter" (func 2)))
