(module
  (type (;0;) (func (param i32)))
  (import "env" "memory" (memory (;0;) 1 65536 shared))
  (func (;0;) (type 0) (param i32)
    (local i64 i32 i32 i64 i64 i64 i32)
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
    (local.set 6
      (i64.load offset=56
        (i32.const 0)))
    (loop  ;; label = @1
      (block  ;; label = @2
        (block  ;; label = @3
          (block  ;; label = @4
            (block  ;; label = @5
              (block  ;; label = @6
                (block  ;; label = @7
                  (block  ;; label = @8
                    (block  ;; label = @9
                      (br_table 0 (;@9;) 1 (;@8;) 2 (;@7;) 3 (;@6;) 4 (;@5;) 5 (;@4;) 6 (;@3;)
                        (local.get 7)))
                    (if  ;; label = @9
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
                        (i32.const 1)))
                    (if  ;; label = @9
                      (i64.eq
                        (local.get 4)
                        (i64.const 0))
                      (then
                        (local.set 7
                          (i32.const 4))
                        (br 8 (;@1;)))
                      (else
                        (local.set 7
                          (i32.const 1))
                        (br 8 (;@1;))))
                    (br 6 (;@2;)))
                  (local.set 2
                    (i32.sub
                      (local.get 2)
                      (i32.const 1)))
                  (local.set 5
                    (i64.add
                      (local.get 5)
                      (i64.const 1)))
                  (i64.store offset=48
                    (i32.const 0)
                    (local.get 5))
                  (local.set 7
                    (i32.const 2))
                  (br 6 (;@1;))
                  (br 5 (;@2;)))
                (if  ;; label = @7
                  (i32.lt_s
                    (local.get 2)
                    (i32.const 1))
                  (then
                    (i64.store offset=4864
                      (i32.const 0)
                      (i64.add
                        (local.get 1)
                        (i64.const 8)))
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
                    (i64.const 12)))
                (local.set 7
                  (i32.const 3))
                (br 5 (;@1;))
                (br 4 (;@2;)))
              (if  ;; label = @6
                (i32.lt_s
                  (local.get 2)
                  (i32.const 2))
                (then
                  (i64.store offset=4864
                    (i32.const 0)
                    (i64.add
                      (local.get 1)
                      (i64.const 16)))
                  (i32.store offset=4880
                    (i32.const 0)
                    (local.get 2))
                  (return)))
              (local.set 2
                (i32.sub
                  (local.get 2)
                  (i32.const 1)))
              (if  ;; label = @6
                (i64.eq
                  (local.get 5)
                  (local.get 6))
                (then
                  (local.set 7
                    (i32.const 4))
                  (br 5 (;@1;)))
                (else
                  (local.set 7
                    (i32.const 5))
                  (br 5 (;@1;))))
              (br 3 (;@2;)))
            (local.set 2
              (i32.sub
                (local.get 2)
                (i32.const 1)))
            (local.set 5
              (i64.add
                (local.get 5)
                (i64.const 2)))
            (i64.store offset=48
              (i32.const 0)
              (local.get 5))
            (local.set 7
              (i32.const 3))
            (br 3 (;@1;))
            (br 2 (;@2;)))
          (local.set 2
            (i32.sub
              (local.get 2)
              (i32.const 1)))
          (drop
            (i64.add
              (local.get 1)
              (i64.const 24)))
          (local.set 7
            (i32.const 2))
          (br 2 (;@1;))
          (br 1 (;@2;)))
        (unreachable)
        (br 0 (;@2;)))))
  (export "enter" (func 0)))
