(module
  (type (;0;) (func (param i32)))
  (import "env" "memory" (memory (;0;) 1 65536 shared))
  (func (;0;) (type 0) (param i32)
    (local i64 i32 i32 i64 i32 i32)
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
          (i32.const 1)))
      (drop
        (i64.add
          (local.get 1)
          (i64.const 4)))
      (if  ;; label = @2
        (i32.eqz
          (i32.and
            (local.get 5)
            (i32.const 2)))
        (then
          (local.set 6
            (i32.add
              (i32.load offset=4896
                (i32.const 0))
              (i32.and
                (i32.wrap_i64
                  (i64.shr_u
                    (i64.add
                      (local.get 1)
                      (i64.const 4096))
                    (i64.const 8)))
                (i32.const 4080))))
          (if  ;; label = @3
            (i64.ne
              (i64.load offset=8192
                (local.get 6))
              (i64.add
                (local.get 1)
                (i64.const 4096)))
            (then
              (i64.store offset=4864
                (i32.const 0)
                (i64.add
                  (local.get 1)
                  (i64.const 4096)))
              (i32.store offset=4880
                (i32.const 0)
                (local.get 2))
              (return)))
          (if  ;; label = @3
            (i32.ne
              (i32.load offset=8200
                (local.get 6))
              (i32.const 4227088))
            (then
              (i64.store offset=4864
                (i32.const 0)
                (i64.add
                  (local.get 1)
                  (i64.const 4096)))
              (i32.store offset=4880
                (i32.const 0)
                (local.get 2))
              (return)))
          (local.set 5
            (i32.or
              (local.get 5)
              (i32.const 2)))))
      (local.set 2
        (i32.sub
          (local.get 2)
          (i32.const 2)))
      (local.set 4
        (i64.add
          (local.get 4)
          (i64.const 1)))
      (drop
        (i64.add
          (local.get 1)
          (i64.const 4104)))
      (i64.store offset=40
        (i32.const 0)
        (local.get 4))
      (br 0 (;@1;))))
  (export "enter" (func 0)))
