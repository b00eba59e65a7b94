(module
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i32 i32 i64)))
  (import "env" "memory" (memory (;0;) 1 65536 shared))
  (func (;0;) (type 1) (param i32 i32 i64)
    (local i64 i64)
    (local.set 3
      (i64.load offset=48
        (i32.const 0)))
    (local.set 4
      (i64.load offset=40
        (i32.const 0)))
    (loop  ;; label = @1
      (if  ;; label = @2
        (i32.lt_s
          (local.get 0)
          (i32.const 3))
        (then
          (i64.store offset=4864
            (i32.const 0)
            (i64.add
              (local.get 2)
              (i64.const 0)))
          (i32.store offset=4880
            (i32.const 0)
            (local.get 0))
          (return)))
      (local.set 0
        (i32.sub
          (local.get 0)
          (i32.const 3)))
      (local.set 3
        (i64.add
          (local.get 3)
          (i64.const -1)))
      (local.set 4
        (i64.add
          (local.get 4)
          (local.get 3)))
      (i64.store offset=48
        (i32.const 0)
        (local.get 3))
      (i64.store offset=40
        (i32.const 0)
        (local.get 4))
      (if  ;; label = @2
        (i64.ne
          (local.get 3)
          (i64.const 0))
        (then
          (br 1 (;@1;)))
        (else
          (i64.store offset=4864
            (i32.const 0)
            (i64.add
              (local.get 2)
              (i64.const 12)))
          (i32.store offset=4880
            (i32.const 0)
            (local.get 0))
          (return)))))
  (func (;1;) (type 0) (param i32)
    (local i64)
    (local.set 1
      (i64.and
        (i64.load offset=4864
          (i32.const 0))
        (i64.const -4096)))
    (i64.store offset=5056
      (i32.const 0)
      (local.get 1))
    (block  ;; label = @1
      (block  ;; label = @2
        (block  ;; label = @3
          (br_table 0 (;@3;) 1 (;@2;)
            (local.get 0)))
        (return_call 0
          (i32.load offset=4880
            (i32.const 0))
          (i32.load offset=4892
            (i32.const 0))
          (local.get 1))
        (br 1 (;@1;)))
      (unreachable)
      (br 0 (;@1;))))
  (export "enter" (func 1)))
