! hypot.f90 -- a user function in Fortran: arrays in, an array out, 0 when all is well.
integer(c_int) function fortran_hypot(n, a, b, out) bind(c, name="fortran_hypot")
    use, intrinsic :: iso_c_binding
    implicit none
    integer(c_int32_t), value :: n
    real(c_double), intent(in) :: a(n), b(n)
    real(c_double), intent(out) :: out(n)

    out = sqrt(a**2 + b**2)
    fortran_hypot = 0
end function fortran_hypot
