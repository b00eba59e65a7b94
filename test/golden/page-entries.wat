(module
  (type (;0;) (func (param i32)))
  (type (;1;) (func (param i64 i64)))
  (type (;2;) (func (param i32 i32 i64)))
  (import "env" "memory" (memory (;0;) 1 65536 shared))
  (import "leaves" "raise" (func (;0;) (type 1)))
  (func (;1;) (type 2) (param i32 i32 i64)
    (if  ;; label = @1
      (i32.lt_s
        (local.get 0)
        (i32.const 1))
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
        (i32.const 1)))
    (i64.store offset=4864
      (i32.const 0)
      (i64.add
        (local.get 2)
        (i64.const 0)))
    (i32.store offset=4880
      (i32.const 0)
      (local.get 0))
    (call 0
      (i64.add
        (i64.load32_u
          (i32.const 4888))
        (i64.const 8))
      (i64.const 0))
    (if  ;; label = @1
      (i32.load offset=4884
        (i32.const 0))
      (then
        (return)))
    (local.set 0
      (i32.sub
        (i32.load offset=4880
          (i32.const 0))
        (i32.const 0)))
    (local.set 1
      (i32.load offset=4892
        (i32.const 0)))
    (if  ;; label = @1
      (i32.le_s
        (local.get 0)
        (i32.const 0))
      (then
        (local.set 0
          (local.get 0))
        (i64.store offset=4864
          (i32.const 0)
          (i64.add
            (local.get 2)
            (i64.const 4)))
        (i32.store offset=4880
          (i32.const 0)
          (local.get 0))
        (return)))
    (i64.store offset=4864
      (i32.const 0)
      (i64.add
        (local.get 2)
        (i64.const 4)))
    (i32.store offset=4880
      (i32.const 0)
      (local.get 0))
    (return))
  (func (;2;) (type 2) (param i32 i32 i64)
    (if  ;; label = @1
      (i32.lt_s
        (local.get 0)
        (i32.const 1))
      (then
        (i64.store offset=4864
          (i32.const 0)
          (i64.add
            (local.get 2)
            (i64.const 4)))
        (i32.store offset=4880
          (i32.const 0)
          (local.get 0))
        (return)))
    (local.set 0
      (i32.sub
        (local.get 0)
        (i32.const 1)))
    (i64.store offset=4864
      (i32.const 0)
      (i64.add
        (local.get 2)
        (i64.const 4)))
    (i32.store offset=4880
      (i32.const 0)
      (local.get 0))
    (call 0
      (i64.add
        (i64.load32_u
          (i32.const 4888))
        (i64.const 8))
      (i64.const 0))
    (if  ;; label = @1
      (i32.load offset=4884
        (i32.const 0))
      (then
        (return)))
    (local.set 0
      (i32.sub
        (i32.load offset=4880
          (i32.const 0))
        (i32.const 0)))
    (local.set 1
      (i32.load offset=4892
        (i32.const 0)))
    (if  ;; label = @1
      (i32.le_s
        (local.get 0)
        (i32.const 0))
      (then
        (local.set 0
          (local.get 0))
        (i64.store offset=4864
          (i32.const 0)
          (i64.add
            (local.get 2)
            (i64.const 8)))
        (i32.store offset=4880
          (i32.const 0)
          (local.get 0))
        (return)))
    (i64.store offset=4864
      (i32.const 0)
      (i64.add
        (local.get 2)
        (i64.const 8)))
    (i32.store offset=4880
      (i32.const 0)
      (local.get 0))
    (return))
  (func (;3;) (type 2) (param i32 i32 i64)
    (if  ;; label = @1
      (i32.lt_s
        (local.get 0)
        (i32.const 1))
      (then
        (i64.store offset=4864
          (i32.const 0)
          (i64.add
            (local.get 2)
            (i64.const 8)))
        (i32.store offset=4880
          (i32.const 0)
          (local.get 0))
        (return)))
    (local.set 0
      (i32.sub
        (local.get 0)
        (i32.const 1)))
    (i64.store offset=4864
      (i32.const 0)
      (i64.add
        (local.get 2)
        (i64.const 8)))
    (i32.store offset=4880
      (i32.const 0)
      (local.get 0))
    (call 0
      (i64.add
        (i64.load32_u
          (i32.const 4888))
        (i64.const 8))
      (i64.const 0))
    (if  ;; label = @1
      (i32.load offset=4884
        (i32.const 0))
      (then
        (return)))
    (local.set 0
      (i32.sub
        (i32.load offset=4880
          (i32.const 0))
        (i32.const 0)))
    (local.set 1
      (i32.load offset=4892
        (i32.const 0)))
    (if  ;; label = @1
      (i32.le_s
        (local.get 0)
        (i32.const 0))
      (then
        (local.set 0
          (local.get 0))
        (i64.store offset=4864
          (i32.const 0)
          (i64.add
            (local.get 2)
            (i64.const 12)))
        (i32.store offset=4880
          (i32.const 0)
          (local.get 0))
        (return)))
    (i64.store offset=4864
      (i32.const 0)
      (i64.add
        (local.get 2)
        (i64.const 12)))
    (i32.store offset=4880
      (i32.const 0)
      (local.get 0))
    (return))
  (func (;4;) (type 2) (param i32 i32 i64)
    (if  ;; label = @1
      (i32.lt_s
        (local.get 0)
        (i32.const 1))
      (then
        (i64.store offset=4864
          (i32.const 0)
          (i64.add
            (local.get 2)
            (i64.const 12)))
        (i32.store offset=4880
          (i32.const 0)
          (local.get 0))
        (return)))
    (local.set 0
      (i32.sub
        (local.get 0)
        (i32.const 1)))
    (i64.store offset=4864
      (i32.const 0)
      (i64.add
        (local.get 2)
        (i64.const 12)))
    (i32.store offset=4880
      (i32.const 0)
      (local.get 0))
    (call 0
      (i64.add
        (i64.load32_u
          (i32.const 4888))
        (i64.const 8))
      (i64.const 0))
    (if  ;; label = @1
      (i32.load offset=4884
        (i32.const 0))
      (then
        (return)))
    (local.set 0
      (i32.sub
        (i32.load offset=4880
          (i32.const 0))
        (i32.const 0)))
    (local.set 1
      (i32.load offset=4892
        (i32.const 0)))
    (if  ;; label = @1
      (i32.le_s
        (local.get 0)
        (i32.const 0))
      (then
        (local.set 0
          (local.get 0))
        (i64.store offset=4864
          (i32.const 0)
          (i64.add
            (local.get 2)
            (i64.const 16)))
        (i32.store offset=4880
          (i32.const 0)
          (local.get 0))
        (return)))
    (i64.store offset=4864
      (i32.const 0)
      (i64.add
        (local.get 2)
        (i64.const 16)))
    (i32.store offset=4880
      (i32.const 0)
      (local.get 0))
    (return))
  (func (;5;) (type 0) (param i32)
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
          (block  ;; label = @4
            (block  ;; label = @5
              (block  ;; label = @6
                (br_table 0 (;@6;) 1 (;@5;) 2 (;@4;) 3 (;@3;) 4 (;@2;)
                  (local.get 0)))
              (return_call 1
                (i32.load offset=4880
                  (i32.const 0))
                (i32.load offset=4892
                  (i32.const 0))
                (local.get 1))
              (br 4 (;@1;)))
            (return_call 2
              (i32.load offset=4880
                (i32.const 0))
              (i32.load offset=4892
                (i32.const 0))
              (local.get 1))
            (br 3 (;@1;)))
          (return_call 3
            (i32.load offset=4880
              (i32.const 0))
            (i32.load offset=4892
              (i32.const 0))
            (local.get 1))
          (br 2 (;@1;)))
        (return_call 4
          (i32.load offset=4880
            (i32.const 0))
          (i32.load offset=4892
            (i32.const 0))
          (local.get 1))
        (br 1 (;@1;)))
      (unreachable)
      (br 0 (;@1;))))
  (export "enter" (func 5)))
