(module
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i32 i32 i64) (result i64)))
  (import "env" "memory" (memory (;0;) 1 65536 shared))
  (import "leaves" "csr_access" (func (;0;) (type 1)))
  (func (;1;) (type 0) (param i32)
    (local i64 i32 i32 i64 i64 i64)
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
      (i64.load offset=48
        (i32.const 0)))
    (if  ;; label = @1
      (i32.lt_s
        (local.get 2)
        (i32.const 2))
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
        (i32.const 2)))
    (i64.store offset=4864
      (i32.const 0)
      (i64.add
        (local.get 1)
        (i64.const 0)))
    (i32.store offset=4880
      (i32.const 0)
      (i32.add
        (local.get 2)
        (i32.const 1)))
    (local.set 5
      (call 0
        (i32.wrap_i64
          (i64.const 256))
        (i32.const 2)
        (i64.ne
          (i64.const 6)
          (i64.const 0))
        (local.get 4)))
    (if  ;; label = @1
      (i32.load offset=4884
        (i32.const 0))
      (then
        (return)))
    (local.set 2
      (i32.sub
        (i32.load offset=4880
          (i32.const 0))
        (i32.const 1)))
    (local.set 6
      (local.get 5))
    (i64.store offset=40
      (i32.const 0)
      (local.get 6))
    (local.set 3
      (i32.load offset=4892
        (i32.const 0)))
    (if  ;; label = @1
      (i32.le_s
        (local.get 2)
        (i32.const 0))
      (then
        (local.set 2
          (i32.add
            (local.get 2)
            (i32.const 1)))
        (i64.store offset=4864
          (i32.const 0)
          (i64.add
            (local.get 1)
            (i64.const 4)))
        (i32.store offset=4880
          (i32.const 0)
          (local.get 2))
        (return)))
    (local.set 6
      (i64.add
        (local.get 6)
        (i64.const 1)))
    (i64.store offset=40
      (i32.const 0)
      (local.get 6))
    (i64.store offset=4864
      (i32.const 0)
      (i64.add
        (local.get 1)
        (i64.const 8)))
    (i32.store offset=4880
      (i32.const 0)
      (local.get 2))
    (return))
  (export "enter" (func 1)))
