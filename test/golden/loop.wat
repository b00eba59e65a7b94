(module
  (type (;0;) (func (param i32)))
  (import "env" "memory" (memory (;0;) 1 65536 shared))
  (func (;0;) (type 0) (param i32)
    (local i64 i32 i32 i64 i64)
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
      (i64.load offset=40
        (i32.const 0)))
    (local.set 5
      (i64.load offset=48
        (i32.const 0)))
    (loop  ;; label = @1
      (if  ;; label = @2
        (i32.lt_s
          (local.get 2)
          (i32.const 3))
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
          (i32.const 3)))
      (local.set 4
        (i64.add
          (local.get 4)
          (local.get 5)))
      (local.set 5
        (i64.add
          (local.get 5)
          (i64.const -1)))
      (i64.store offset=40
        (i32.const 0)
        (local.get 4))
      (i64.store offset=48
        (i32.const 0)
        (local.get 5))
      (if  ;; label = @2
        (i64.ne
          (local.get 5)
          (i64.const 0))
        (then
          (br 1 (;@1;)))
        (else
          (i64.store offset=4864
            (i32.const 0)
            (i64.add
              (local.get 1)
              (i64.const 12)))
          (i32.store offset=4880
            (i32.const 0)
            (local.get 2))
          (return)))))
  (export "enter" (func 0)))
