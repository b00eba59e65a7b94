(module
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i64 i64 i32 i32 i32) (result i32)))
  (type (;2;) (func (param i64 i32 i32 i32) (result i64)))
  (import "env" "memory" (memory (;0;) 1 65536 shared))
  (import "leaves" "region_store" (func (;0;) (type 1)))
  (import "leaves" "region_load" (func (;1;) (type 2)))
  (func (;2;) (type 0) (param i32)
    (local i64 i32 i32 i64 i64 i64 i64 i32 i32 i64 i64 i64)
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
    (local.set 5
      (i64.load offset=8
        (i32.const 0)))
    (local.set 6
      (i64.load offset=40
        (i32.const 0)))
    (if  ;; label = @1
      (i32.lt_s
        (local.get 2)
        (i32.const 4))
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
    (local.set 7
      (i64.add
        (local.get 4)
        (i64.const -8)))
    (local.set 8
      (i32.add
        (local.get 3)
        (i32.and
          (i32.wrap_i64
            (i64.shr_u
              (local.get 7)
              (i64.const 8)))
          (i32.const 4080))))
    (if  ;; label = @1
      (i64.eq
        (i64.and
          (i64.add
            (local.get 4)
            (i64.const 24))
          (i64.const -4089))
        (i64.load offset=4096
          (local.get 8)))
      (then
        (local.set 9
          (i32.add
            (i32.wrap_i64
              (local.get 7))
            (i32.load offset=4104
              (local.get 8))))
        (i64.store offset=32
          (local.get 9)
          (local.get 5)))
      (else
        (local.set 9
          (i32.const 0))
        (if  ;; label = @2
          (call 3
            (i64.add
              (local.get 4)
              (i64.const 24))
            (local.get 5)
            (i32.const 262243)
            (i32.const 0)
            (local.get 2))
          (then
            (return)))))
    (if  ;; label = @1
      (i64.ne
        (local.get 6)
        (i64.const 0))
      (then
        (i64.store offset=4864
          (i32.const 0)
          (i64.add
            (local.get 1)
            (i64.const 16)))
        (i32.store offset=4880
          (i32.const 0)
          (local.get 2))
        (return))
      (else
        (local.set 2
          (i32.sub
            (local.get 2)
            (i32.const 2)))
        (if  ;; label = @2
          (local.get 9)
          (then
            (i64.store
              (local.get 9)
              (local.get 6)))
          (else
            (if  ;; label = @3
              (call 3
                (i64.add
                  (local.get 4)
                  (i64.const -8))
                (local.get 6)
                (i32.const 262243)
                (i32.const 8)
                (local.get 2))
              (then
                (return)))))
        (local.set 10
          (i64.add
            (local.get 4)
            (i64.const 16)))
        (local.set 8
          (i32.add
            (local.get 3)
            (i32.and
              (i32.wrap_i64
                (i64.shr_u
                  (local.get 10)
                  (i64.const 8)))
              (i32.const 4080))))
        (if  ;; label = @2
          (i64.eq
            (i64.and
              (local.get 10)
              (i64.const -4089))
            (i64.load
              (local.get 8)))
          (then
            (local.set 11
              (i64.load
                (i32.add
                  (i32.wrap_i64
                    (local.get 10))
                  (i32.load offset=8
                    (local.get 8)))))
            (local.set 7
              (local.get 11)))
          (else
            (local.set 7
              (call 4
                (local.get 10)
                (i32.const 57379)
                (i32.const 12)
                (local.get 2)))
            (if  ;; label = @3
              (i32.load offset=5020
                (i32.const 0))
              (then
                (return)))))
        (local.set 12
          (local.get 7))
        (i64.store offset=56
          (i32.const 0)
          (local.get 12))
        (i64.store offset=4864
          (i32.const 0)
          (i64.add
            (local.get 1)
            (i64.const 16)))
        (i32.store offset=4880
          (i32.const 0)
          (local.get 2))
        (return))))
  (func (;3;) (type 1) (param i64 i64 i32 i32 i32) (result i32)
    (local i32)
    (local.set 5
      (i32.add
        (i32.load offset=4892
          (i32.const 0))
        (i32.and
          (i32.wrap_i64
            (i64.shr_u
              (local.get 0)
              (i64.const 8)))
          (i32.const 4080))))
    (if  ;; label = @1
      (i64.eq
        (i64.and
          (local.get 0)
          (i64.const -4089))
        (i64.load offset=4096
          (local.get 5)))
      (then
        (i64.store
          (i32.add
            (i32.wrap_i64
              (local.get 0))
            (i32.load offset=4104
              (local.get 5)))
          (local.get 1))
        (return
          (i32.const 0)))
      (else
        (return
          (call 0
            (local.get 0)
            (local.get 1)
            (local.get 2)
            (local.get 3)
            (local.get 4)))))
    (unreachable))
  (func (;4;) (type 2) (param i64 i32 i32 i32) (result i64)
    (local i32)
    (local.set 4
      (i32.add
        (i32.load offset=4892
          (i32.const 0))
        (i32.and
          (i32.wrap_i64
            (i64.shr_u
              (local.get 0)
              (i64.const 8)))
          (i32.const 4080))))
    (if  ;; label = @1
      (i64.eq
        (i64.and
          (local.get 0)
          (i64.const -4089))
        (i64.load
          (local.get 4)))
      (then
        (i32.store offset=5020
          (i32.const 0)
          (i32.const 0))
        (return
          (i64.load
            (i32.add
              (i32.wrap_i64
                (local.get 0))
              (i32.load offset=8
                (local.get 4))))))
      (else
        (return
          (call 1
            (local.get 0)
            (local.get 1)
            (local.get 2)
            (local.get 3)))))
    (unreachable))
  (export "enter" (func 2)))
